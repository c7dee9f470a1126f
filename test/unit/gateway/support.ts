import type { AddressInfo, Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { connectEngine, type Engine } from '../../../src/engine/client.ts';
import { type AppOptions, buildApp } from '../../../src/gateway/app.ts';
import type { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { inForce, type Live } from '../../../src/gateway/in-force.ts';
import { recordGenerated } from '../../../src/keys/record.ts';
import { emptyKeyStore } from '../../../src/keys/store.ts';

export const key = 'sk-test-key';
export const authorization = `Bearer ${key}`;

export function configurationWith(changes: Partial<GatewayConfiguration> = {}): GatewayConfiguration {
  return {
    tls: { own: '', authority: '' },
    engine: { socket: '/nonexistent/engine.sock' },
    status: '/nonexistent/status.json',
    keyStore: '/nonexistent/keys.json',
    models: [
      { id: 'chat-model', roles: ['chat'], contextSize: 4096 },
      { id: 'fim-model', roles: ['complete'], contextSize: 2048 },
    ],
    keys: [recordGenerated('team', key)],
    problems: [],
    ...changes,
  };
}

/** With the keys of `configuration` and a made-up authority. */
export function liveWith(configuration: GatewayConfiguration): Live {
  return { current: inForce(configuration, emptyKeyStore, 'PEM') };
}

/** An app whose engine is not there, or is what `socket` leads to. */
export function testApp(
  { configuration = configurationWith(), ...changes }: TestOptions = {},
  socket = '/nonexistent/engine.sock',
): FastifyInstance {
  const engine: Engine = connectEngine(socket);
  return buildApp({ live: liveWith(configuration), engine, ...changes });
}

export type TestOptions = Partial<AppOptions> & { readonly configuration?: GatewayConfiguration };

export function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on TCP.');
  return address.port;
}

/** Waits until `condition` holds; fails after `seconds`. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 2): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`It did not become so within ${seconds} seconds.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
