import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { parseCommandLine } from '../src/cli/arguments.ts';
import { runScript } from '../src/cli/run-script.ts';
import { connectEngine } from '../src/engine/client.ts';
import { buildApp } from '../src/gateway/app.ts';
import { inForce } from '../src/gateway/in-force.ts';
import { generateKey, recordGenerated } from '../src/keys/record.ts';
import { emptyKeyStore } from '../src/keys/store.ts';
import { writeRandomModel } from '../src/models/random/write.ts';
import { type Engine, startEngine } from '../test/engine/support/llama-server.ts';

const command = 'node scripts/measure-cancellation.ts';
const help = `Measures how long after a client has left its request to the engine is closed and its slot is free.

  ${command}

The gateway and llama-server with random weights in the shape of a model of 1.5 billion parameters, with batches of 128
and of 512 tokens; the slot's release is read from the engine's own log. About three minutes on two cores.
`;

const model = 'dense-1.5b';
const shape = { contextSize: 8192, slots: 2 };
const batches = [128, 512] as const;
const rounds = 3;
const promptWords = 500;

interface Moment {
  readonly name: string;
  readonly stream: boolean;
  /** What the prompt is to be like, and when the client leaves after the slot has begun with it, in milliseconds. */
  readonly prompt: 'long' | 'short';
  readonly after: number;
}

const moments: readonly Moment[] = [
  { name: 'its prompt is read, streamed', stream: true, prompt: 'long', after: 700 },
  { name: 'its prompt is read, whole', stream: false, prompt: 'long', after: 700 },
  { name: 'it is answered, streamed', stream: true, prompt: 'short', after: 2500 },
  { name: 'it is answered, whole', stream: false, prompt: 'short', after: 2500 },
];

/** The gateway's connections to the engine pass through here, so that their ends are seen. */
class Tap {
  readonly server: Server;
  closedAt = 0;

  constructor(socket: string, engineSocket: string) {
    this.server = createServer((incoming) => {
      const outgoing = createConnection(engineSocket);
      incoming.pipe(outgoing).pipe(incoming);
      incoming.on('error', () => outgoing.destroy());
      outgoing.on('error', () => incoming.destroy());
      incoming.once('close', () => {
        this.closedAt = performance.now();
        outgoing.destroy();
      });
    }).listen(socket);
  }
}

class Bench {
  readonly #engine: Engine;
  readonly #app: FastifyInstance;
  readonly #tap: Tap;
  readonly #url: string;
  readonly #key: string;

  constructor(engine: Engine, app: FastifyInstance, tap: Tap, url: string, key: string) {
    this.#engine = engine;
    this.#app = app;
    this.#tap = tap;
    this.#url = url;
    this.#key = key;
  }

  static async start(file: string, batch: number): Promise<Bench> {
    const options = {
      ...{ model: file, parallel: shape.slots, 'ctx-size': shape.contextSize * shape.slots, threads: 2 },
      ...{ 'load-mode': 'none', 'flash-attn': 'on', 'kv-unified': false, 'cache-ram': 0, fit: 'off' },
      ...{ 'batch-size': batch, 'ubatch-size': batch },
    };
    const engine = await startEngine({ models: { [model]: options }, defaults: 'none' });
    const socket = join(engine.directory, 'tap.sock');
    const tap = new Tap(socket, engine.socketPath);
    const key = generateKey();
    const configuration = {
      tls: { own: '', authority: '' },
      engine: { socket },
      status: '/nonexistent/status.json',
      keyStore: '/nonexistent/keys.json',
      models: [{ id: model, roles: ['chat' as const], ...shape }],
      keys: [recordGenerated('bench', key)],
      problems: [],
    };
    const live = { current: inForce(configuration, emptyKeyStore, '') };
    const app = buildApp({ live, engine: connectEngine(socket) });
    return new Bench(engine, app, tap, await app.listen({ port: 0, host: '127.0.0.1' }), key);
  }

  async stop(): Promise<void> {
    this.#app.server.closeAllConnections();
    await this.#app.close();
    this.#tap.server.close();
    await this.#engine.stop();
  }

  /** Milliseconds until the request to the engine was closed, and until the slot was free. */
  async leave({ stream, prompt, after }: Moment): Promise<readonly [number, number]> {
    const words = prompt === 'long' ? 'word '.repeat(promptWords) : '';
    const begun = await this.#count(/processing task/g);
    const released = await this.#count(/stop processing/g);
    const leave = this.#ask(`${Math.random()} ${words}`, stream);
    while ((await this.#count(/processing task/g)) === begun) await sleep(5);
    await sleep(after);
    const left = performance.now();
    leave();
    while ((await this.#count(/stop processing/g)) === released) await sleep(5);
    return [this.#tap.closedAt - left, performance.now() - left];
  }

  /** Another client's stream, for as long as `work` takes. */
  async beside<Result>(work: () => Promise<Result>): Promise<Result> {
    const begun = await this.#count(/processing task/g);
    const released = await this.#count(/stop processing/g);
    const leave = this.#ask('Hello', true);
    while ((await this.#count(/processing task/g)) === begun) await sleep(5);
    await sleep(1500);
    try {
      return await work();
    } finally {
      leave();
      const all = released + 1;
      while ((await this.#count(/stop processing/g)) <= all) await sleep(5);
    }
  }

  #ask(content: string, stream: boolean): () => void {
    const leaving = new AbortController();
    const body = JSON.stringify({ messages: [{ role: 'user', content }], stream, max_tokens: 4000 });
    const headers = { authorization: `Bearer ${this.#key}` };
    const url = `${this.#url}/v1/chat/completions`;
    fetch(url, { method: 'POST', headers, body, signal: leaving.signal })
      .then((response) => response.text())
      .catch(() => {});
    return () => leaving.abort();
  }

  async #count(pattern: RegExp): Promise<number> {
    return (await this.#engine.log()).match(pattern)?.length ?? 0;
  }
}

async function measure(bench: Bench, batch: number, isBusy: boolean): Promise<void> {
  for (const moment of moments) {
    const closed: number[] = [];
    const free: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const leave = () => bench.leave(moment);
      const [closing, freeing] = await (isBusy ? bench.beside(leave) : leave());
      closed.push(Math.round(closing));
      free.push(Math.round(freeing));
    }
    const place = `batch ${batch}, ${isBusy ? 'beside a stream' : 'alone'}, while ${moment.name}`;
    process.stdout.write(
      `${place}: closed after ${closed.join(', ')} ms, free after ${free.join(', ')} ms\n`,
    );
  }
}

await runScript(async () => {
  const { values } = parseCommandLine(command, { options: { help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-cancellation-'));
  try {
    const file = join(directory, `${model}.gguf`);
    await writeRandomModel(file, model);
    for (const batch of batches) {
      const bench = await Bench.start(file, batch);
      await measure(bench, batch, false);
      await measure(bench, batch, true);
      await bench.stop();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});
