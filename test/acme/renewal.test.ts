import { X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AcmeRecord } from '../../src/certificates/acme/record.ts';
import { GatewayConfiguration } from '../../src/gateway/configuration.ts';
import { type Gateway, startGateway } from '../../src/gateway/start.ts';
import { challengeDirectory, units } from '../../src/machine/paths.ts';
import { ran } from '../support/child.ts';
import { forgetAccount } from '../support/pebble/forget-account.ts';
import { freePort, type Pebble, startPebble } from '../support/pebble/pebble.ts';
import { goodContext, TemporaryWorld } from '../unit/bootstrap/temporary-world.ts';
import { type FakeEngine, startFakeEngine } from '../unit/gateway/fake-engine.ts';
import { chatBody, chunkOf, textOf } from '../unit/gateway/relay-world.ts';
import { until } from '../unit/gateway/support.ts';
import { shownTo } from '../unit/gateway/trusted-certificate.ts';

/** The whole way of a certificate: the agent, the ACME unit's program, Pebble and the gateway, each the real one. */
const address = '127.0.0.1';
const password = 'password-of-the-test';
const streams = 20;
const few = 3;
/** A campaign asks for more. */
const many = Number(process.env.ONEPILOT_RENEWALS ?? few);

let vm: TemporaryWorld;
let fake: FakeEngine;
let pebble: Pebble;
let gateway: Gateway | undefined;
let ports: { http: number; https: number };

beforeEach(async () => {
  ports = { http: await freePort(), https: await freePort() };
  [vm, fake] = [await TemporaryWorld.make(), await startFakeEngine()];
  vm.time = new Date();
  pebble = await startPebble({ httpPort: ports.http, tlsPort: ports.https });
  // As systemd makes them.
  await mkdir(vm.paths.acmeState, { recursive: true });
  for (const kind of ['http-01', 'tls-alpn-01']) {
    await mkdir(join(vm.root, challengeDirectory, kind), { recursive: true });
  }
  const roots = Buffer.from(pebble.roots).toString('base64');
  await vm.setContext(
    [
      `ONEAPP_COPILOT_API_PASSWORD='${password}'`,
      "ONEAPP_COPILOT_TLS_MODE='acme'",
      `ONEAPP_COPILOT_TLS_ADDRESS='${address}'`,
      `ONEAPP_COPILOT_ACME_DIRECTORY='${pebble.directory}'`,
      `ONEAPP_COPILOT_ACME_ROOTS='${roots}'`,
      goodContext,
    ].join('\n'),
  );
});
afterEach(async () => {
  await gateway?.close();
  await pebble.close();
  await fake.close();
  await vm.remove();
});

/** What the agent wrote, with the places and the model of this test. */
async function configuration(): Promise<GatewayConfiguration> {
  const { ledger: _, ...written } = GatewayConfiguration.parse(
    JSON.parse(await readFile(vm.paths.gatewayConfiguration, 'utf8')),
  );
  return {
    ...written,
    engine: { socket: fake.socket },
    challenges: join(vm.root, challengeDirectory),
    models: [{ id: 'chat-model', roles: ['chat'], contextSize: 4096, slots: streams }],
  };
}

async function start(isPlain: boolean): Promise<void> {
  await vm.run();
  gateway = await startGateway({
    configuration,
    listen: { host: address, port: ports.https },
    ...(isPlain && { listenPlain: { host: address, port: ports.http } }),
    logger: { level: 'silent' },
    drain: { goodbye: 0, deadline: 0 },
  });
}

/** The ACME unit's program, told to ask now. */
const askNow = () => ran([process.execPath, 'src/certificates/acme/main.ts', '--root', vm.root, '--now']);

/** The agent, and the gateway's reload if that is what it wants. */
async function reconcile(): Promise<void> {
  vm.commands.length = 0;
  await vm.run('reconcile');
  expect(vm.commands.filter((command) => command.startsWith('restart'))).toEqual([]);
  if (vm.commands.includes(`reload ${units.gateway}`)) await gateway?.reload();
}

const record = async () => AcmeRecord.parse(JSON.parse(await vm.read(vm.paths.acmeRecord)));
const shown = () => shownTo(ports.https);

async function openStream(): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const ca = await readFile(vm.paths.authorityCertificate, 'utf8');
  const headers = { authorization: `Bearer ${password}` };
  const agent = new Agent();
  request(
    { host: address, port: ports.https, path: '/v1/chat/completions', method: 'POST', headers, ca, agent },
    resolve,
  )
    .once('error', reject)
    .end(JSON.stringify({ ...chatBody, stream: true }));
  return promise;
}

it.each([
  ['http-01', true, many],
  // Each begins with http-01, which fails: more of them the limits forbid.
  ['tls-alpn-01', false, few],
] as const)(
  'certificates come by %s and are renewed under twenty streams, of which none is dropped',
  async (challenge, isPlain, renewals) => {
    await start(isPlain);
    const own = await shown();
    const held: ServerResponse[] = [];
    fake.handler = (_request, response) => {
      response.write(chunkOf('begin '));
      held.push(response);
    };
    const open = await Promise.all(Array.from({ length: streams }, openStream));
    const texts = open.map(textOf);
    await until(() => held.length === streams);

    const seen = new Set([own]);
    for (let count = 0; count < renewals; count += 1) {
      await forgetAccount(vm.paths.acmeState);
      await askNow();
      expect((await record()).certificate?.challenge).toBe(challenge);
      await reconcile();
      seen.add(await shown());
      for (const response of held) response.write(chunkOf(`after${count} `));
    }
    expect(seen.size).toBe(renewals + 1);
    for (const response of held) response.end('data: [DONE]\n\n');
    const contents = ['begin ', ...Array.from({ length: renewals }, (_, count) => `after${count} `)];
    for (const text of await Promise.all(texts)) {
      expect([...text.matchAll(/"content":"([^"]+)"/g)].map(([, content]) => content)).toEqual(contents);
      expect(text).toMatch(/data: \[DONE\]\n\n$/);
    }
  },
  // Seconds each, on a machine that others use too.
  120_000 + many * 20_000,
);

it('what was issued is served though the CA is gone, over a restart of everything, and why it fails is told', async () => {
  await start(true);
  await askNow();
  await reconcile();
  const issued = await shown();
  expect(new X509Certificate(await vm.read(vm.paths.trustedIdentity)).fingerprint256).toBe(issued);

  await pebble.stop();
  await askNow();
  await gateway?.close();
  await vm.reboot();
  await start(true);
  expect(await shown()).toBe(issued);
  expect(await vm.status()).toMatchObject({
    state: 'ready',
    certificate: { source: 'acme', addresses: [address] },
    warnings: [{ code: 'ACME_SERVER_UNREACHABLE' }],
  });
});
