import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { ScriptFailure } from '../../cli/run-script.ts';
import { endOfConsole } from '../../vm/machine.ts';
import { parseProcess } from '../engine/others.ts';
import { parseMemory } from '../memory.ts';

/** A program of the bench's own, in a process of its own. */
export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  /** How it ended; undefined while it runs. */
  ended(): string | undefined;
  /** The end of what it printed. */
  lastWords(): Promise<string>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly logFile: string;
  /** Whether it exchanges messages with us. */
  readonly ipc?: boolean;
}

/** Starts `words`. Should we be killed, the kernel ends it in our place. */
export async function startProgram(
  words: readonly string[],
  { logFile, ipc = false }: ProgramOptions,
): Promise<Program> {
  const log = await open(logFile, 'w');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...words], {
    stdio: ['ignore', log.fd, log.fd, ...(ipc ? (['ipc'] as const) : [])],
    // Ctrl-C in the terminal is for us alone.
    detached: true,
  });
  const exited = once(child, 'exit');
  await once(child, 'spawn');
  await log.close();
  return {
    pid: child.pid ?? 0,
    child,
    ended: () => child.signalCode ?? child.exitCode?.toString() ?? undefined,
    lastWords: async () => endOfConsole(await readFile(logFile, 'utf8')),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The next message of `child`, as it is. @throws ScriptFailure when there will be none */
export async function nextMessage({ child, lastWords }: Program): Promise<unknown> {
  const patience = new AbortController();
  const { signal } = patience;
  try {
    const ended = once(child, 'exit', { signal }).then(async ([code]) => {
      throw new ScriptFailure(`A program of the bench ended (${code}).\n${await lastWords()}`);
    });
    const [message]: unknown[] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } finally {
    patience.abort();
  }
}

/** A TCP port of 127.0.0.1 that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Bytes of a process that are in memory, shared ones included. */
export async function residentBytes(pid: number): Promise<number> {
  return parseMemory(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')).rss;
}

/** Milliseconds per tick of /proc/[pid]/stat: USER_HZ is 100 on every Linux of this architecture. */
const tick = 10;

/** Milliseconds of processor time that a process has used so far. */
export async function processorTime(pid: number): Promise<number> {
  return parseProcess(await readFile(`/proc/${pid}/stat`, 'utf8')).ticks * tick;
}
