import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { engineDirectory } from '../../../src/builder/engine-directory.ts';
import { generateSmokeModels, type SmokeModels } from '../../../src/models/smoke/write.ts';

/** How long the models may take to load; they take a fraction of a second on an idle machine. */
const readySeconds = 60;

/** How long the engine may take to end its children and itself before it is killed. */
const stopSeconds = 15;

/** Keys of one preset section, as llama-server's long options without the dashes. */
export type PresetKeys = Readonly<Record<string, string | number | boolean>>;

export interface EngineOptions {
  /** Sections by model name; the default has both test models. `model` is added where it is missing. */
  readonly models?: Readonly<Record<string, PresetKeys>>;
  /** Keys for every model; none where `models` say everything. */
  readonly defaults?: PresetKeys | 'none';
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as text; with streams, all of it. */
  readonly text: string;
}

export interface Engine {
  /** The router's; models are its children. */
  readonly pid: number;
  /** Path of the unix socket on which the router listens. */
  readonly socketPath: string;
  readonly directory: string;
  /** GETs `path`, or POSTs `body` to it as JSON, and waits for the whole answer. */
  call(path: string, body?: unknown): Promise<Answer>;
  /** What the engine printed so far. */
  log(): Promise<string>;
  /** Ends the engine and removes its directory. */
  stop(): Promise<void>;
}

/** One request over a unix socket. `body` goes as JSON and makes it a POST. */
export function callSocket(socketPath: string, path: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath,
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        agent: false,
      },
      async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          });
        } catch (error) {
          reject(error);
        }
      },
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Model presets for the router. Every model is loaded at once: a test does not want to wait for the first call. */
function presetIni(models: SmokeModels, { defaults = {}, models: sections }: EngineOptions): string {
  const files: Readonly<Record<string, string>> = {
    'onepilot-smoke': models.smoke,
    'onepilot-random': models.random,
  };
  const chosen = sections ?? { 'onepilot-smoke': {}, 'onepilot-random': {} };
  const section = (name: string, keys: PresetKeys) =>
    `[${name}]\n${Object.entries(keys)
      .map(([key, value]) => `${key} = ${value}\n`)
      .join('')}`;
  return [
    'version = 1\n',
    ...(defaults === 'none'
      ? []
      : [section('*', { 'ctx-size': 16_384, parallel: 2, threads: 2, 'cache-ram': 0, ...defaults })]),
    ...Object.entries(chosen).map(([name, keys]) =>
      section(name, { model: files[name] ?? models.smoke, 'load-on-startup': true, ...keys }),
    ),
  ].join('\n');
}

const RouterModels = z.object({
  data: z.array(
    z.object({ id: z.string(), status: z.object({ value: z.string(), failed: z.boolean().optional() }) }),
  ),
});

/** Whether every model is loaded. @throws Error when one failed to load. */
async function areLoaded(socketPath: string): Promise<boolean> {
  const { status, text } = await callSocket(socketPath, '/models');
  // It listens before it knows its models.
  if (status === 503) return false;
  const { data } = RouterModels.parse(JSON.parse(text));
  const failed = data.filter(({ status }) => status.failed);
  if (failed.length > 0) throw new Error(`did not load: ${failed.map(({ id }) => id).join(', ')}`);
  return data.length > 0 && data.every(({ status }) => status.value === 'loaded');
}

/** Whether `error` only says that nobody listens on the socket yet. */
function isTooEarly(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
  );
}

/**
 * Starts llama-server in router mode on a unix socket in a directory of its own, with the test models in it,
 * and waits until each is loaded.
 *
 * @throws Error with the end of the engine's log when it exits, a model fails, or a minute passes.
 */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const binary = join(await engineDirectory(), 'llama-server');
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-engine-'));
  const socketPath = join(directory, 'engine.sock');
  const presets = join(directory, 'engine.ini');
  const logFile = join(directory, 'engine.log');
  await writeFile(presets, presetIni(await generateSmokeModels(directory), options));

  const child = spawn(
    binary,
    ['--models-preset', presets, '--host', socketPath, '--log-file', logFile, '--no-ui', '--offline'],
    { cwd: directory, stdio: 'ignore', env: { ...process.env, HOME: directory, GOMP_SPINCOUNT: '1000' } },
  );
  let ended: string | undefined;
  const exit = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      ended = error.message;
      resolve();
    });
    child.on('exit', (code, signal) => {
      ended = `exit ${code ?? signal}`;
      resolve();
    });
  });

  const log = () => readFile(logFile, 'utf8').catch(() => '');
  const stop = async (): Promise<void> => {
    if (ended === undefined) {
      child.kill('SIGTERM');
      const patience = new AbortController();
      await Promise.race([exit, sleep(stopSeconds * 1000, undefined, { signal: patience.signal })]);
      patience.abort();
      if (ended === undefined) child.kill('SIGKILL');
      await exit;
    }
    await rm(directory, { recursive: true, force: true });
  };

  try {
    const deadline = Date.now() + readySeconds * 1000;
    for (;;) {
      if (ended !== undefined) throw new Error(`llama-server ended: ${ended}`);
      try {
        if (await areLoaded(socketPath)) break;
      } catch (error) {
        if (!isTooEarly(error)) throw error;
      }
      if (Date.now() > deadline) throw new Error(`llama-server was not ready after ${readySeconds} s`);
      await sleep(50);
    }
  } catch (error) {
    const lines = (await log()).split('\n').slice(-40).join('\n');
    await stop();
    throw new Error(`${error instanceof Error ? error.message : error}\n${lines}`, { cause: error });
  }
  return {
    pid: child.pid ?? 0,
    socketPath,
    directory,
    call: (path, body) => callSocket(socketPath, path, body),
    log,
    stop,
  };
}
