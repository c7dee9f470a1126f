import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { failure } from '../errors/catalogue.ts';
import type { ReadyScript } from './settings.ts';

/** The context's variables are not among them: they hold secrets. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
};

/**
 * Runs the ready script to its end. What it prints is thrown away: it may be secret.
 * @param timeout Milliseconds, after which it is killed with all it started.
 * @throws ONEGATE_READY_SCRIPT_FAILED when it does not end with exit status 0
 */
export async function runReadyScript(
  script: ReadyScript,
  { signal, timeout }: { readonly signal: AbortSignal; readonly timeout: number },
): Promise<void> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  if ('path' in script) return runProgram('READY_SCRIPT_PATH', resolve('/', script.path), [], ending);

  const directory = await mkdtemp(join(tmpdir(), 'onepilot-ready-'));
  try {
    const file = join(directory, 'ready-script');
    await writeFile(file, script.text.reveal(), { mode: 0o700 });
    // As one-context runs it.
    await runProgram('READY_SCRIPT', '/bin/bash', [file], ending);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function runProgram(
  name: string,
  program: string,
  args: readonly string[],
  ending: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (reason: string, cause?: Error) =>
    reject(failure('ONEGATE_READY_SCRIPT_FAILED', { script: name, reason }, { cause }));
  if (ending.aborted) {
    fail('not started');
    return promise;
  }
  const child = spawn(program, args, { cwd: '/', env: environment, stdio: 'ignore', detached: true });
  const kill = () => {
    if (child.pid === undefined) return;
    try {
      // The whole group: what a shell waits for would outlive it.
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself at this moment.
    }
  };
  ending.addEventListener('abort', kill);
  child.once('error', (cause) => {
    ending.removeEventListener('abort', kill);
    fail(`could not be started: ${cause.message}`, cause);
  });
  child.once('exit', (status, killer) => {
    ending.removeEventListener('abort', kill);
    if (status === 0) resolve();
    else if (ending.aborted) fail('it had to be stopped');
    else fail(status === null ? `ended by ${killer}` : `exit status ${status}`);
  });
  return promise;
}
