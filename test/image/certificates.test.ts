import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { handshake } from '../../src/cli/commands/certificate/handshake.ts';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import type { ContextValues } from '../../src/vm/context-disk.ts';
import { freePort } from '../../src/vm/ports.ts';
import { prove } from '../../src/vm/proof.ts';
import { NameServer } from '../support/pebble/name-server.ts';
import { type Pebble, startPebble } from '../support/pebble/pebble.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';
import { streamWhile } from './support/held-stream.ts';

const domain = 'copilot.onepilot.test';
/** The address of this host in QEMU's user network. */
const hostAddress = '10.0.2.2';
/** The timer's half minute, an order, and the agent, each under emulation. */
const issuedWithin = { timeout: 180_000, interval: 1000 };

const Status = z.object({
  state: z.string(),
  endpoint: z.string(),
  certificate: z.object({ source: z.string(), names: z.array(z.string()) }).optional(),
  warnings: z.array(z.object({ code: z.string() })),
});

let vm: TestAppliance;
let names: NameServer;
let pebble: Pebble;
/** Root of Pebble's CA, in PEM; it has another one each time it starts. */
let root: string;

/** What the appliance shows to a client that asks for `name`. */
const shown = (name: string, roots: readonly string[] = []) =>
  handshake({ host: '127.0.0.1', port: vm.machine.shape.ports.https, name, roots });
/** Whose certificate a client that asks for `name` sees, or why it sees none. */
const issuer = (name: string) =>
  shown(name).then(
    ({ certificate }) => certificate.issuer,
    (error: unknown) => String(error),
  );
const status = async () => Status.parse(JSON.parse(await vm.ssh('onepilot status --json || true')));

beforeAll(async () => {
  vm = await startAppliance({});
  await vm.ready();
  const { http, https } = vm.machine.shape.ports;
  const dns = await freePort();
  names = await NameServer.start(`127.0.0.1:${dns}`, `127.0.0.1:${await freePort()}`);
  // For Pebble that is this host, whose ports lead to the VM; for the VM it is itself.
  await names.has(domain, { v4: '127.0.0.1' });
  pebble = await startPebble({
    alsoAt: [hostAddress],
    dns: `127.0.0.1:${dns}`,
    tlsPort: https,
    ...(http !== undefined && { httpPort: http }),
  });
  root = await pebble.issuer();
  const resolved = `[Resolve]\\nDNS=${hostAddress}:${dns}\\nDomains=~onepilot.test\\n`;
  await vm.ssh(`printf '${resolved}' >/etc/systemd/resolved.conf.d/test.conf`);
  await vm.ssh('systemctl restart systemd-resolved');
});
afterAll(async () => {
  await vm?.destroy();
  await pebble?.close();
  await names?.close();
});

const acmeContext = (): ContextValues => ({
  ONEAPP_COPILOT_TLS_DOMAIN: domain,
  ONEAPP_COPILOT_ACME_DIRECTORY: pebble.directory.replace('127.0.0.1', hostAddress),
  ONEAPP_COPILOT_ACME_ROOTS: Buffer.from(pebble.roots).toString('base64'),
});

it('serves the own CA’s certificate at boot, and asks nobody for another', async () => {
  await prove(await vm.endpoint());
  for (const name of [domain, 'localhost', '']) expect(await issuer(name)).toContain('OnePilot CA');
  expect(await vm.ssh('systemctl is-active onepilot-acme.timer || true')).toBe('inactive');
});

it('swaps in the certificate of the ACME CA that the context names, while a stream goes on', async () => {
  const streamed = await streamWhile(vm, await vm.endpoint(), async () => {
    await vm.changeContext(acmeContext());
    await expect.poll(() => issuer(domain), issuedWithin).toContain('Pebble');
  });
  expect(streamed).toEqual({ text: smokeAnswers.long, finish: 'stop', endedEarly: false });
});

it('serves it to whoever asks for the name, and the own CA’s to everybody else', async () => {
  expect((await shown(domain, [root])).distrust).toBeUndefined();
  for (const name of ['localhost', '']) expect(await issuer(name)).toContain('OnePilot CA');
  await prove(await vm.endpoint());
});

it('says what it serves and whence', async () => {
  await expect.poll(async () => (await status()).state, issuedWithin).toBe('ready');
  expect(await status()).toMatchObject({
    endpoint: `https://${domain}/v1`,
    certificate: { source: 'acme', names: [domain] },
    warnings: [],
  });
  expect(await vm.ssh('cat /etc/one-appliance/config')).toContain(`trusted_for = ${domain} (of Pebble`);
});

it('keeps what it has to itself, and leaves no challenge behind', async () => {
  const modes = await vm.ssh(
    'stat -c "%a %U:%G" /var/lib/onepilot-acme /var/lib/onepilot-acme/certificate.pem /etc/onepilot/acme.json /etc/onepilot/tls/trusted.pem /run/onepilot-acme/http-01',
  );
  expect(modes.split('\n')).toEqual([
    '700 onepilot-acme:onepilot-acme',
    '600 onepilot-acme:onepilot-acme',
    '640 root:onepilot-acme',
    '640 root:onepilot-gateway',
    '2750 onepilot-acme:onepilot-gateway',
  ]);
  expect(await vm.ssh('find /run/onepilot-acme -type f')).toBe('');
  expect(await vm.ssh('systemctl show -p Result --value onepilot-acme.service')).toBe('success');
});

it('renews it with another key when told to', async () => {
  const keyOf = async () =>
    (await shown(domain)).certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const before = await keyOf();
  await vm.ssh('onepilot certificate renew');
  await expect.poll(keyOf, issuedWithin).not.toBe(before);
});

it('serves it at once after a reboot with the CA gone', async () => {
  const { fingerprint256 } = (await shown(domain)).certificate;
  const file = await vm.ssh('stat -c "%i %Z" /etc/onepilot/tls/trusted.pem');
  await pebble.stop();
  await names.close();
  await vm.machine.expectReboot();
  await vm.ssh('systemctl reboot').catch(() => undefined);
  await vm.ready();
  const { certificate, distrust } = await shown(domain, [root]);
  expect([certificate.fingerprint256, distrust]).toEqual([fingerprint256, undefined]);
  expect(await vm.ssh('stat -c "%i %Z" /etc/onepilot/tls/trusted.pem')).toBe(file);
  expect((await status()).state).toBe('ready');
});
