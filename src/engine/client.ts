import * as z from 'zod';
import { failure } from '../errors/catalogue.ts';
import { type EngineResponse, exchange } from './exchange.ts';

/** What the engine's router says of a model, or `unreachable` when the engine does not answer. */
export type ModelStatus = RouterStatus | 'unreachable';

/** What the router says of a model. `failed` is one that is down after an exit code other than 0. */
export type RouterStatus = 'loaded' | 'loading' | 'unloaded' | 'failed';

/** llama-server in router mode, as the gateway uses it. */
export interface Engine {
  /**
   * Sends `json` to `path` and waits, without limit, for the status line. Aborting `signal` closes the
   * connection at once, whatever the state; the promise or the body then rejects.
   * Throws `engine_unavailable` when nobody listens, `engine_failed` when the connection breaks.
   */
  post(path: string, json: string, signal: AbortSignal): Promise<EngineResponse>;
  /** Never throws. */
  modelStatus(id: string): Promise<ModelStatus>;
  /** What the router says of each of its models; undefined when the engine does not answer. Never throws. */
  models(): Promise<ReadonlyMap<string, RouterStatus> | undefined>;
  /** Asks for a model that is not running to be loaded; does not wait for it. Never throws. @returns whether it will be. */
  load(id: string): Promise<boolean>;
  /** Asks for a model's process to be ended; does not wait for it. Never throws. @returns whether it will be. */
  unload(id: string): Promise<boolean>;
}

/** How long questions about the engine itself may take, in milliseconds: they need no slot. */
const statusTimeout = 2000;

/** The part of the router's `GET /models` that is read (llama.cpp v0.5.0, `get_router_models`). */
const RouterModels = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      status: z.object({ value: z.string(), failed: z.boolean().optional() }),
    }),
  ),
});

/** The engine that listens on the unix socket `socketPath`. */
export function connectEngine(socketPath: string): Engine {
  // Each on a connection of its own: the engine spends one of its few HTTP threads on one that is kept, and after the
  // answer to a POST its router closes it without having said so (llama.cpp v0.5.0).
  const ask: Ask = (method, path, json) =>
    exchange(
      socketPath,
      { method, path, ...(json !== undefined && { json }) },
      AbortSignal.timeout(statusTimeout),
    );

  return {
    post: (path, json, signal) => exchange(socketPath, { method: 'POST', path, json }, signal),

    models: () => routerModels(ask),

    async modelStatus(id) {
      const models = await routerModels(ask);
      return models ? (models.get(id) ?? 'unloaded') : 'unreachable';
    },

    load: (id) => order(ask, '/models/load', id),
    unload: (id) => order(ask, '/models/unload', id),
  };
}

type Ask = (method: 'GET' | 'POST', path: string, json?: string) => Promise<EngineResponse>;

async function routerModels(ask: Ask): Promise<ReadonlyMap<string, RouterStatus> | undefined> {
  try {
    const { data } = RouterModels.parse(JSON.parse(await readText((await ask('GET', '/models')).body)));
    return new Map(data.map(({ id, status }) => [id, statusFrom(status)]));
  } catch {
    return undefined;
  }
}

async function order(ask: Ask, path: string, model: string): Promise<boolean> {
  try {
    const { status, body } = await ask('POST', path, JSON.stringify({ model }));
    await readText(body);
    return status === 200;
  } catch {
    return false;
  }
}

function statusFrom({ value, failed }: { value: string; failed?: boolean | undefined }): RouterStatus {
  if (failed) return 'failed';
  // A sleeping model wakes up for a request by itself.
  if (value === 'loaded' || value === 'sleeping') return 'loaded';
  return value === 'loading' ? 'loading' : 'unloaded';
}

/** The whole of `body` as text; at most `limit` bytes, more is `engine_failed`. */
export async function readText(body: AsyncIterable<Buffer>, limit = 64 * 2 ** 20): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw failure('engine_failed', {});
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
