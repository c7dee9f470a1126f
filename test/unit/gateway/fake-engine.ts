import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A made-up llama-server on a unix socket, whose answers each test writes itself. */
export interface FakeEngine {
  readonly socket: string;
  /** Answers `POST` requests; `GET /models` says what `status` says. */
  handler: Handler;
  /** The router's word for every model. */
  status: { value: string; failed?: boolean };
  /** Paths and bodies that arrived, `GET /models` left out. */
  readonly requests: { path: string; body: string }[];
  /** How many requests are open. */
  open(): number;
  close(): Promise<void>;
}

export async function startFakeEngine(): Promise<FakeEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'fake-engine-'));
  const socket = join(directory, 'engine.sock');
  let open = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    if (request.method === 'GET' && request.url === '/models') {
      const data = ['chat-model', 'fim-model', 'embed-model'].map((id) => ({ id, status: fake.status }));
      response.end(JSON.stringify({ data }));
      return;
    }
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    fake.requests.push({ path: request.url ?? '', body });
    fake.handler(request, response, body);
  });
  const fake: FakeEngine = {
    socket,
    handler: (_request, response) => response.end('{}'),
    status: { value: 'loaded' },
    requests: [],
    open: () => open,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return fake;
}
