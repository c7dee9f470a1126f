import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import * as z from 'zod';
import { writeThrowawayCertificate } from '../../../scripts/support/throwaway-certificate.ts';
import type { Target } from '../../../src/clients/client.ts';
import { outcomes } from '../../../src/gateway/accounts/served.ts';
import type { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { type Gateway, startGateway } from '../../../src/gateway/start.ts';
import { generateKey, recordGenerated } from '../../../src/keys/record.ts';
import { type Engine, startEngine } from '../../engine/support/llama-server.ts';
import { type HeldEngine, holdable } from './held-engine.ts';

/** What the smoke model can do without seeing the end of a prompt. */
const contextSize = 65_536;
const slots = 2;

/** A line of the access log about a request for a model (src/gateway/plugins/access-log.ts). */
const AccountLine = z.looseObject({
  msg: z.literal('request'),
  key: z.string(),
  dialect: z.string(),
  status: z.int().nullable(),
  outcome: z.enum(outcomes),
  code: z.string().optional(),
  ms: z.number(),
  tokens: z.object({ prompt: z.number() }),
});
export type AccountLine = z.infer<typeof AccountLine>;

/** A gateway as people meet it: HTTPS with a certificate of our own authority, a queue, keys. */
export interface TestGateway {
  readonly url: string;
  /** The authority's certificate. */
  readonly authority: string;
  readonly contextSize: number;
  /** Of `name`, made when first asked for. */
  keyOf(name: string): string;
  /** Requests for models that are over, in the order of their ends. */
  accounts(name: string): readonly AccountLine[];
  /** Every line that was logged, for whoever looks for a reason. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

export interface World {
  /** Path of the authority's certificate. */
  readonly authority: string;
  readonly engine: HeldEngine;
  gateway(names: readonly string[], changes?: { readonly contextSize?: number }): Promise<TestGateway>;
  stop(): Promise<void>;
}

/** The real engine with the smoke model, and an authority whom nobody trusts yet. */
export async function startWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-clients-'));
  const started: Engine = await startEngine({
    models: { 'onepilot-smoke': {} },
    defaults: { 'ctx-size': contextSize * slots, parallel: slots },
  });
  const engine = await holdable(started);
  const tls = await writeThrowawayCertificate(directory);
  return {
    authority: tls.authority,
    engine,
    gateway: (names, changes) =>
      openGateway(names, {
        tls,
        engine: { socket: engine.socket },
        status: join(directory, 'status.json'),
        keyStore: join(directory, 'keys.json'),
        models: [{ id: 'onepilot-smoke', roles: ['chat', 'complete'], contextSize, slots, ...changes }],
        keys: [],
        problems: [],
      }),
    async stop() {
      await engine.close();
      await started.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** What `onepilot setup` would know of `gateway`. */
export function targetOf({ authority }: World, { url, contextSize }: TestGateway): Target {
  return { url, authority, models: { chat: { id: 'onepilot-smoke', contextSize } } };
}

async function openGateway(
  names: readonly string[],
  configuration: GatewayConfiguration,
): Promise<TestGateway> {
  const keys = new Map(names.map((name) => [name, generateKey()]));
  const records = [...keys].map(([name, key]) => recordGenerated(name, key));
  const log: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const gateway: Gateway = await startGateway({
    configuration: async () => ({ ...configuration, keys: records }),
    listen: { host: '127.0.0.1', port: 0 },
    logger: { level: 'info', stream },
    drain: { goodbye: 0, deadline: 1000 },
  });
  return {
    url: `https://localhost:${gateway.port}`,
    authority: await readFile(configuration.tls.authority, 'utf8'),
    contextSize: configuration.models[0]?.contextSize ?? 0,
    keyOf(name) {
      const key = keys.get(name);
      if (key === undefined) throw new Error(`Nobody is called ${name}.`);
      return key;
    },
    accounts: (name) =>
      log
        .map((line) => AccountLine.safeParse(JSON.parse(line)))
        .flatMap(({ data }) => (data?.key === name ? [data] : [])),
    log,
    close: () => gateway.close(),
  };
}
