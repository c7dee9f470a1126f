import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import { type Load, LoadJob, type LoadOutcome, type Target } from './load-job.ts';

/** A program that does the jobs its parent sends, one after the other, and ends when the parent leaves. */

/** Of one question; a proxy may break off an answer now and then. */
const attempts = 3;

interface Timed {
  readonly latency: number;
  readonly span: number;
}

/** Asks one target again and again on kept connections. */
class Asker {
  /** There is none for a unix socket: the engine closes each connection after its answer. */
  readonly #agent: Agent | undefined;
  readonly #send: () => ClientRequest;
  readonly #body: string;
  readonly #tokens: number;
  failed = 0;

  constructor({ socket, port, authority, key }: Target, { path, body, connections, tokens }: LoadJob) {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const asked = { method: 'POST', path, headers };
    this.#body = body;
    this.#tokens = tokens;
    if (socket === undefined) {
      const agent = new Agent({ keepAlive: true, maxSockets: connections, ca: authority });
      this.#agent = agent;
      this.#send = () => tlsRequest({ ...asked, host: '127.0.0.1', port, agent });
    } else {
      this.#send = () => plainRequest({ ...asked, socketPath: socket, agent: false });
    }
  }

  /** Throws when even the last attempt fails. */
  async ask(attempt = 1): Promise<Timed> {
    try {
      return await this.#askOnce();
    } catch (error) {
      this.failed += 1;
      if (attempt === attempts) throw error;
      return this.ask(attempt + 1);
    }
  }

  async #askOnce(): Promise<Timed> {
    const start = performance.now();
    const outgoing = this.#send();
    outgoing.end(this.#body);
    const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
    return read(incoming, this.#tokens, start);
  }

  close(): void {
    this.#agent?.destroy();
  }
}

/** Characters; the usage is in the last of an answer's events but one. */
const endLength = 2000;

async function read(incoming: IncomingMessage | undefined, tokens: number, start: number): Promise<Timed> {
  if (!incoming) throw new Error('no answer');
  let first: number | undefined;
  let last = 0;
  let end = '';
  for await (const chunk of incoming.setEncoding('utf8')) {
    const text = String(chunk);
    end = end.slice(-endLength) + text;
    if (!text.includes('"content":"')) continue;
    last = performance.now();
    first ??= last;
  }
  const latency = performance.now() - start;
  if (incoming.statusCode !== 200) throw new Error(`HTTP ${incoming.statusCode}: ${end}`);
  if (first === undefined || !end.includes(`"completion_tokens":${tokens}`)) {
    throw new Error(`not an answer with ${tokens} tokens: ${end}`);
  }
  return { latency, span: last - first };
}

async function work(job: LoadJob): Promise<Load[]> {
  const askers = job.targets.map((target) => new Asker(target, job));
  const timed: Timed[][] = job.targets.map(() => []);
  let left = job.warmUp + job.requests;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const counts = left < job.requests;
      for (const [index, asker] of askers.entries()) {
        const result = await asker.ask();
        if (counts) timed[index]?.push(result);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: job.connections }, worker));
  } finally {
    for (const asker of askers) asker.close();
  }
  return timed.map((results, index) => ({
    failed: askers[index]?.failed ?? 0,
    latencies: results.map(({ latency }) => latency),
    spans: results.map(({ span }) => span),
  }));
}

process.on('message', async (message) => {
  let outcome: LoadOutcome;
  try {
    outcome = { loads: await work(LoadJob.parse(message)) };
  } catch (error) {
    outcome = { problem: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(outcome);
});
process.on('disconnect', () => process.exit(0));
