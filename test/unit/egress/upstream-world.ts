import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, type RequestOptions, request, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import type { Identity } from '../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import type { EgressConfiguration } from '../../../src/egress/configuration.ts';
import { createEgress, type EgressLine } from '../../../src/egress/server.ts';
import { portOf } from '../gateway/support.ts';

export const upstreamKey = 'canary-key-of-the-upstream';

export type UpstreamHandler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** Generous, but for what a test waits for. */
const patient = { connect: 5000, firstByte: 5000, idle: 5000 };

/**
 * An upstream over HTTPS with a CA of its own, whose answers each test writes itself, and the egress that leads there
 * under the name `cloud`: both new for each test of a file. `gone` is one where nobody listens.
 */
export class UpstreamWorld {
  authority!: Identity;
  server!: Server;
  egress!: ReturnType<typeof createEgress>;
  socket!: string;
  configuration!: EgressConfiguration;
  handler: UpstreamHandler = (_request, response) => void response.end('{}');
  /** Read when a request begins. */
  timing = { ...patient };
  /** What arrived at the upstream. */
  requests: { path: string; headers: IncomingMessage['headers']; body: string }[] = [];
  lines: EgressLine[] = [];
  /** Requests open at the upstream. */
  open = 0;

  constructor() {
    let leaf: Identity;
    let directory: string;
    beforeAll(async () => {
      const now = new Date();
      this.authority = await makeAuthority('upstream', now);
      leaf = await makeLeaf(this.authority, { names: ['localhost'], addresses: [] }, now);
    });
    beforeEach(async () => {
      this.requests = [];
      this.lines = [];
      this.open = 0;
      this.timing = { ...patient };
      directory = await mkdtemp(join(tmpdir(), 'onepilot-egress-'));
      this.socket = join(directory, 'egress.sock');
      const options = { cert: leaf.certificate, key: leaf.key };
      this.server = createServer(options, (incoming, response) => this.#receive(incoming, response));
      await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
      const at = (port: number) => `https://localhost:${port}/v1`;
      const ca = this.authority.certificate;
      this.configuration = {
        upstreams: [
          { name: 'cloud', url: at(portOf(this.server)), key: upstreamKey, ca },
          { name: 'stranger', url: at(portOf(this.server)), key: upstreamKey },
          { name: 'gone', url: at(1), key: upstreamKey, ca },
        ],
      };
      this.egress = createEgress({
        configuration: () => this.configuration,
        log: (line) => void this.lines.push(line),
        timing: this.timing,
      });
      await new Promise<void>((resolve) => this.egress.listen(this.socket, resolve));
    });
    afterEach(async () => {
      for (const server of [this.egress, this.server]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      await rm(directory, { recursive: true });
    });
  }

  /** As the gateway asks, or anybody else who could open the socket. */
  async ask(path: string, options: RequestOptions = {}, body = '{}') {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request({ socketPath: this.socket, path, method: 'POST', agent: false, ...options });
    outgoing.once('response', resolve).on('error', reject);
    outgoing.end(body);
    return promise;
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.open += 1;
    response.once('close', () => {
      this.open -= 1;
    });
    let body = '';
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk;
    this.requests.push({ path: incoming.url ?? '', headers: incoming.headers, body });
    this.handler(incoming, response, body);
  }
}
