import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import {
  type ThrowawayCertificate,
  writeThrowawayCertificate,
} from '../../../scripts/support/throwaway-certificate.ts';
import type { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { readConfiguration } from '../../../src/gateway/load.ts';
import { type Gateway, startGateway } from '../../../src/gateway/start.ts';
import type { KeyStore } from '../../../src/keys/store.ts';
import { type FakeEngine, startFakeEngine } from './fake-engine.ts';
import { chatBody, chunkOf, textOf } from './relay-world.ts';
import { configurationWith, key, until } from './support.ts';

export interface Asking {
  readonly key?: string;
  readonly body?: object;
  /** The authority to trust; that of the first certificate unless given. */
  readonly ca?: string;
  readonly agent?: Agent;
}

/** Streams that the engine holds open. */
export interface HeldStreams {
  write(content: string): void;
  /** Ends them with `content`. @returns what each client has read, as it came */
  finish(content: string): Promise<string[]>;
}

/** A gateway over TLS with its files and its control socket in a directory, all new for each test. */
export class ReloadWorld {
  directory!: string;
  fake!: FakeEngine;
  tls!: ThrowawayCertificate;
  /** The first authority's certificate. */
  ca!: string;
  gateway!: Gateway;
  readonly log: string[] = [];

  constructor() {
    beforeEach(async () => {
      this.log.length = 0;
      this.directory = await mkdtemp(join(tmpdir(), 'reload-'));
      this.fake = await startFakeEngine();
      this.tls = await this.certificate('first');
      this.ca = await readFile(this.tls.authority, 'utf8');
      await this.configure();
      this.gateway = await this.start();
    });
    afterEach(async () => {
      await this.gateway.close();
      await this.fake.close();
      await rm(this.directory, { recursive: true });
    });
  }

  at(name: string): string {
    return join(this.directory, name);
  }

  get control(): string {
    return this.at('control.sock');
  }

  async certificate(name: string): Promise<ThrowawayCertificate> {
    await mkdir(this.at(name), { recursive: true });
    return writeThrowawayCertificate(this.at(name));
  }

  async configure(changes: Partial<GatewayConfiguration> = {}): Promise<void> {
    const engine = { socket: this.fake.socket };
    const files = { status: this.at('status.json'), keyStore: this.at('keys.json') };
    const configuration = configurationWith({ tls: this.tls, engine, ...files, ...changes });
    await writeFile(this.at('gateway.json'), JSON.stringify(configuration));
  }

  async store(store: KeyStore): Promise<void> {
    await writeFile(this.at('keys.json'), JSON.stringify(store));
  }

  start(level = 'error'): Promise<Gateway> {
    return startGateway({
      configuration: () => readConfiguration(this.at('gateway.json')),
      listen: { host: '127.0.0.1', port: 0 },
      control: this.control,
      logger: { level, stream: { write: (line: string) => this.log.push(line) } },
      drain: { goodbye: 0, deadline: 0 },
    });
  }

  /** Resolves with the answer's head; `textOf` reads the rest. */
  open(path: string, asking: Asking = {}, port = this.gateway.port): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { body, ca = this.ca, agent = new Agent() } = asking;
    const headers = { authorization: `Bearer ${asking.key ?? key}` };
    const method = body ? 'POST' : 'GET';
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, ca, agent }, resolve);
    outgoing.once('error', reject);
    outgoing.end(body && JSON.stringify(body));
    return promise;
  }

  async ask(path: string, asking: Asking = {}, port = this.gateway.port) {
    const response = await this.open(path, asking, port);
    const text = await textOf(response);
    return { status: response.statusCode, headers: response.headers, text };
  }

  /** So many streamed chats that have begun with «before »; they go on and end when they are told to. */
  async holdStreams(count: number): Promise<HeldStreams> {
    const held: ServerResponse[] = [];
    this.fake.handler = (_request, response) => {
      response.write(chunkOf('before '));
      held.push(response);
    };
    const asking = { body: { ...chatBody, stream: true } };
    const open = await Promise.all(
      Array.from({ length: count }, () => this.open('/v1/chat/completions', asking)),
    );
    const texts = open.map(textOf);
    await until(() => held.length === count);
    return {
      write: (content) => {
        for (const response of held) response.write(chunkOf(content));
      },
      finish: (content) => {
        for (const response of held) response.end(`${chunkOf(content)}data: [DONE]\n\n`);
        return Promise.all(texts);
      },
    };
  }

  /** A streamed chat whose first part has arrived; `finish` lets the engine complete it. */
  async openStream(): Promise<{ finish: () => Promise<string> }> {
    const { promise: started, resolve } = Promise.withResolvers<() => void>();
    this.fake.handler = (_request, response) => {
      response.write('data: {"choices":[]}\n\n');
      resolve(() => response.end('data: [DONE]\n\n'));
    };
    const response = await this.open('/v1/chat/completions', { body: { ...chatBody, stream: true } });
    const text = textOf(response);
    const end = await started;
    return {
      finish: () => {
        end();
        return text;
      },
    };
  }
}
