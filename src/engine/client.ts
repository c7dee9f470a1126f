import { Agent, type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { failure } from '../errors/catalogue.ts';

/** What the engine's router says of a model, or `unreachable` when the engine does not answer. */
export type ModelStatus = RouterStatus | 'unreachable';

/** What the router says of a model. `failed` is one that is down after an exit code other than 0. */
export type RouterStatus = 'loaded' | 'loading' | 'unloaded' | 'failed';

/** The engine's answer: its status line has come, its body is still to be read. */
export interface EngineResponse {
  readonly status: number;
  /** Must be read to its end, or be aborted: the connection is held until then. */
  readonly body: AsyncIterable<Buffer>;
}

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
  close(): void;
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
  // The engine spends one of its few HTTP threads on a connection that is kept, and after the answer to a POST its router
  // closes it without having said so (llama.cpp v0.5.0).
  const agent = new Agent({ keepAlive: false });
  const send = (method: string, path: string, json: string | undefined, signal: AbortSignal) =>
    sendOver({ socketPath, agent, method, path, json, signal });
  const ask: Ask = (method, path, json) => send(method, path, json, AbortSignal.timeout(statusTimeout));

  return {
    async post(path, json, signal) {
      const response = await send('POST', path, json, signal);
      return { status: response.statusCode ?? 0, body: brokenBodiesFail(response, signal) };
    },

    models: () => routerModels(ask),

    async modelStatus(id) {
      const models = await routerModels(ask);
      return models ? (models.get(id) ?? 'unloaded') : 'unreachable';
    },

    load: (id) => order(ask, '/models/load', id),
    unload: (id) => order(ask, '/models/unload', id),

    close() {
      agent.destroy();
    },
  };
}

type Ask = (method: string, path: string, json?: string) => Promise<IncomingMessage>;

async function routerModels(ask: Ask): Promise<ReadonlyMap<string, RouterStatus> | undefined> {
  try {
    const { data } = RouterModels.parse(JSON.parse(await readText(await ask('GET', '/models'))));
    return new Map(data.map(({ id, status }) => [id, statusFrom(status)]));
  } catch {
    return undefined;
  }
}

async function order(ask: Ask, path: string, model: string): Promise<boolean> {
  try {
    const response = await ask('POST', path, JSON.stringify({ model }));
    response.resume();
    return response.statusCode === 200;
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

async function* brokenBodiesFail(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* response;
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw failure('engine_failed', {}, { cause });
  }
}

interface Sending {
  readonly socketPath: string;
  readonly agent: Agent;
  readonly method: string;
  readonly path: string;
  readonly json: string | undefined;
  readonly signal: AbortSignal;
}

function sendOver({ socketPath, agent, method, path, json, signal }: Sending): Promise<IncomingMessage> {
  const body = json === undefined ? undefined : Buffer.from(json);
  const headers = body && { 'content-type': 'application/json', 'content-length': body.length };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({ socketPath, agent, method, path, signal, ...(headers && { headers }) });
  outgoing.once('response', resolve);
  // Not `once`: an error may follow the answer, and nobody else listens.
  outgoing.on('error', (cause: NodeJS.ErrnoException) => {
    if (signal.aborted) reject(cause);
    else if (cause.code === 'ECONNREFUSED' || cause.code === 'ENOENT') {
      reject(failure('engine_unavailable', { seconds: 5 }, { cause }));
    } else reject(failure('engine_failed', {}, { cause }));
  });
  outgoing.end(body);
  return promise;
}
