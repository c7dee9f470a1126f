import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { parseCommandLine, wholeNumber } from '../src/cli/arguments.ts';
import { runScript } from '../src/cli/run-script.ts';
import { connectEngine } from '../src/engine/client.ts';
import { buildApp } from '../src/gateway/app.ts';
import { inForce } from '../src/gateway/in-force.ts';
import { generateKey, recordGenerated } from '../src/keys/record.ts';
import { emptyKeyStore } from '../src/keys/store.ts';
import { writeRandomModel } from '../src/models/random/write.ts';
import { type Engine, startEngine } from '../test/engine/support/llama-server.ts';
import { longRequests } from '../test/engine/support/long-requests.ts';

const command = 'node scripts/measure-cancellation.ts';
const help = `Measures how long after a client has left its request to the engine is closed and its slot is free.

  ${command} [--batch TOKENS]... [--rounds NUMBER]

The gateway and llama-server (ONEPILOT_ENGINE, else the one that was built) with random weights in the shape of a model
of 1.5 billion parameters. The slot's release is read from the engine's own log, and so is how long a batch takes and how
many were computed after the client had left: the one that was running then always is. Three minutes for each batch size on two cores.

  --batch TOKENS   size of the engine's batches; may be repeated (default 128 and 512)
  --rounds NUMBER  clients that leave, for each line (default 5)
`;

const model = 'dense-1.5b';
const shape = { contextSize: 8192, slots: 2 };
/** Some 600 tokens: longer to read than the wait before the client leaves, and than the batch then running. */
const promptWords = 500;

interface Moment {
  readonly name: string;
  readonly path: string;
  readonly stream: boolean;
  /** What the prompt is to be like, and when the client leaves after the slot has begun with it, in milliseconds. */
  readonly prompt: 'long' | 'short';
  readonly after: number;
}

/** Of one dialect in both forms, and of every other: what the engine is asked for differs with the dialect alone. */
function momentsOf(path: string): Moment[] {
  const reading = { path, prompt: 'long', after: 700 } as const;
  const answering = { path, prompt: 'short', after: 2500 } as const;
  const forms = path === '/v1/chat/completions' ? [true, false] : [true];
  // The engine shortens what is around a gap to its batch: there is no time to leave in.
  const isGap = path === '/infill' || path === '/v1/fim/completions';
  return forms.flatMap((stream) => {
    const form = `${path}${stream ? ', streamed' : ''}`;
    return [
      ...(isGap ? [] : [{ name: `${form}, while its prompt is read`, stream, ...reading }]),
      { name: `${form}, while it is answered`, stream, ...answering },
    ];
  });
}

const moments = Object.keys(longRequests).flatMap(momentsOf);
const isChat = ({ path }: Moment) => path === '/v1/chat/completions';

/** The gateway's connections to the engine pass through here, so that their ends are seen. */
class Tap {
  readonly server: Server;
  closedAt = 0;
  /** Tokens of the prompt that the engine had read by the end of the connection, as it last said. */
  read = 0;

  constructor(socket: string, engineSocket: string) {
    this.server = createServer((incoming) => {
      const outgoing = createConnection(engineSocket);
      let said = 0;
      outgoing.on('data', (chunk) => {
        const [, processed] = /"processed":(\d+)/.exec(chunk.toString('latin1')) ?? [];
        if (processed) said = Number(processed);
      });
      incoming.pipe(outgoing).pipe(incoming);
      incoming.on('error', () => outgoing.destroy());
      outgoing.on('error', () => incoming.destroy());
      incoming.once('close', () => {
        this.closedAt = performance.now();
        this.read = said;
        outgoing.destroy();
      });
    }).listen(socket);
  }
}

interface Left {
  /** Milliseconds until the request to the engine was closed. */
  readonly closed: number;
  /** Milliseconds until the slot was free. */
  readonly free: number;
  /** Tokens that the engine read after the client had left, by its own record. */
  readonly read: number;
}

class Bench {
  readonly #engine: Engine;
  readonly #app: FastifyInstance;
  readonly #tap: Tap;
  readonly #url: string;
  readonly #key: string;
  readonly #signal: AbortSignal;

  constructor(engine: Engine, app: FastifyInstance, tap: Tap, url: string, key: string, signal: AbortSignal) {
    this.#engine = engine;
    this.#app = app;
    this.#tap = tap;
    this.#url = url;
    this.#key = key;
    this.#signal = signal;
  }

  static async start(file: string, batch: number, signal: AbortSignal): Promise<Bench> {
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
      models: [{ id: model, roles: ['chat' as const, 'complete' as const], ...shape }],
      keys: [recordGenerated('bench', key)],
      problems: [],
    };
    const live = { current: inForce(configuration, emptyKeyStore, '') };
    const app = buildApp({ live, engine: connectEngine(socket) });
    return new Bench(engine, app, tap, await app.listen({ port: 0, host: '127.0.0.1' }), key, signal);
  }

  async stop(): Promise<void> {
    this.#app.server.closeAllConnections();
    await this.#app.close();
    this.#tap.server.close();
    await this.#engine.stop();
  }

  async leave({ path, stream, prompt, after }: Moment): Promise<Left> {
    const words = prompt === 'long' ? 'word '.repeat(promptWords) : '';
    const begun = await this.#count(/processing task/g);
    const released = await this.#count(/stop processing/g);
    const leave = this.#ask(path, `${Math.random()} ${words}`, stream);
    await this.#until(async () => (await this.#count(/processing task/g)) > begun);
    await sleep(after, undefined, { signal: this.#signal });
    const left = performance.now();
    leave();
    await this.#until(async () => (await this.#count(/stop processing/g)) > released);
    const free = performance.now() - left;
    const tokens = [...(await this.#engine.log()).matchAll(/stop processing: n_tokens = (\d+)/g)].at(-1)?.[1];
    return { closed: this.#tap.closedAt - left, free, read: Number(tokens) - this.#tap.read };
  }

  /** Another client's stream, for as long as `work` takes. */
  async beside<Result>(work: () => Promise<Result>): Promise<Result> {
    const begun = await this.#count(/processing task/g);
    const released = await this.#count(/stop processing/g);
    const leave = this.#ask('/v1/chat/completions', 'Hello', true);
    await this.#until(async () => (await this.#count(/processing task/g)) > begun);
    await sleep(1500, undefined, { signal: this.#signal });
    try {
      return await work();
    } finally {
      leave();
      const all = released + 1;
      await this.#until(async () => (await this.#count(/stop processing/g)) > all);
    }
  }

  /** Milliseconds that a batch of `tokens` takes, by the engine's own figures of a whole prompt. */
  async batchTime(tokens: number): Promise<number> {
    await this.#engine.call('/v1/completions', { model, prompt: 'word '.repeat(promptWords), max_tokens: 1 });
    // It is logged after the answer; what comes later must not take this release for its own.
    await this.#until(async () => (await this.#count(/stop processing/g)) > 0);
    const [, perToken] = /prompt eval time .*\(\s*([\d.]+) ms per token/.exec(await this.#engine.log()) ?? [];
    return Number(perToken) * tokens;
  }

  #ask(path: string, text: string, stream: boolean): () => void {
    const leaving = new AbortController();
    const body = JSON.stringify({ model, stream, ...longRequests[path]?.(text, 4000) });
    const headers = { authorization: `Bearer ${this.#key}` };
    fetch(`${this.#url}${path}`, { method: 'POST', headers, body, signal: leaving.signal })
      .then((response) => response.text())
      .catch(() => {});
    return () => leaving.abort();
  }

  async #until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await sleep(5, undefined, { signal: this.#signal });
  }

  async #count(pattern: RegExp): Promise<number> {
    return (await this.#engine.log()).match(pattern)?.length ?? 0;
  }
}

/** The median and the largest of one figure of some, as whole numbers. */
function summary<Name extends string>(
  of: readonly Readonly<Record<Name, number>>[],
  name: Name,
  unit: string,
) {
  const sorted = of.map((one) => Math.round(one[name])).sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]}${unit} (at most ${sorted.at(-1)})`;
}

async function measure(bench: Bench, batch: number, rounds: number, isBusy: boolean): Promise<void> {
  for (const moment of isBusy ? moments.filter(isChat) : moments) {
    const all: Left[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const leave = () => bench.leave(moment);
      all.push(await (isBusy ? bench.beside(leave) : leave()));
    }
    const place = `batch ${batch}, ${isBusy ? 'beside a stream' : 'alone'}: ${moment.name}`;
    const times = `closed after ${summary(all, 'closed', ' ms')}, free after ${summary(all, 'free', ' ms')}`;
    // The batch that runs when the client leaves is among them.
    const batches = all.map(({ read }) => ({ read: read / batch }));
    const reading = moment.prompt === 'long' ? `, with ${summary(batches, 'read', ' batches')}` : '';
    process.stdout.write(`${place}: ${times}${reading}\n`);
  }
}

await runScript(async ({ signal }) => {
  const { values } = parseCommandLine(command, {
    options: {
      batch: { type: 'string', multiple: true, default: ['128', '512'] },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const batches = values.batch.map((text) => wholeNumber(command, 'batch', text, 1, 4096));
  const rounds = wholeNumber(command, 'rounds', values.rounds, 1, 1000);
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-cancellation-'));
  try {
    const file = join(directory, `${model}.gguf`);
    await writeRandomModel(file, model);
    for (const batch of batches) {
      const bench = await Bench.start(file, batch, signal);
      try {
        process.stdout.write(`batch ${batch}: takes ${Math.round(await bench.batchTime(batch))} ms\n`);
        await measure(bench, batch, rounds, true);
        await measure(bench, batch, rounds, false);
      } finally {
        await bench.stop();
      }
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});
