import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach } from 'vitest';
import { type FakeEngine, startFakeEngine } from './fake-engine.ts';
import { authorization, portOf, type TestOptions, testApp } from './support.ts';

/** Short, so that tests see status lines and heartbeats within moments. */
export const shortTiming = { commit: 150, heartbeat: 60, padding: 200, stall: 1500 };

/** A gateway that listens, with an engine that says what the test wants: both new for each test of a file. */
export class RelayWorld {
  fake!: FakeEngine;
  app!: FastifyInstance;
  stopping!: AbortController;

  constructor(options: TestOptions = {}) {
    beforeEach(async () => {
      this.fake = await startFakeEngine();
      this.stopping = new AbortController();
      this.app = testApp(
        { timing: shortTiming, stopping: this.stopping.signal, ...options },
        this.fake.socket,
      );
      await this.app.listen({ port: 0, host: '127.0.0.1' });
    });
    afterEach(async () => {
      this.app.server.closeAllConnections();
      await this.app.close();
      await this.fake.close();
    });
  }

  post(path: string, body: object, options: RequestOptions = {}): ClientRequest {
    const headers = { authorization, 'content-type': 'application/json' };
    const port = portOf(this.app.server);
    return request({ host: '127.0.0.1', port, method: 'POST', path, headers, ...options }).end(
      JSON.stringify(body),
    );
  }

  async answer(path: string, body: object) {
    const response = await headersOf(this.post(path, body));
    return { status: response.statusCode, headers: response.headers, text: await textOf(response) };
  }
}

export const chatBody = { model: 'my-model', messages: [{ role: 'user', content: 'hi' }] };

export function headersOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => outgoing.once('response', resolve).once('error', reject));
}

export async function textOf(response: Readable): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

/** The parsed data of each event in `text`; `[DONE]` stays as it is. */
export function events(text: string) {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('data: '))
    .map((block) => block.slice('data: '.length))
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)));
}

/** A stream of OpenAI's kind. */
export const sse = (...parts: object[]) =>
  `${parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join('')}data: [DONE]\n\n`;

export const chunkOf = (content: string) =>
  `data: ${JSON.stringify({ model: '/models/x.gguf', choices: [{ index: 0, delta: { content } }] })}\n\n`;
