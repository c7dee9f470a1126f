import { execFileSync } from 'node:child_process';
import { rm, stat, symlink } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AcmeRecord } from '../../../src/certificates/acme/record.ts';
import { subjectOf } from '../../../src/certificates/acme/subject.ts';
import { AcmeWanted } from '../../../src/certificates/acme/wanted.ts';
import { type Identity, joinIdentity, splitIdentity } from '../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { units } from '../../../src/machine/paths.ts';
import { goodContext, TemporaryWorld } from './temporary-world.ts';

const domain = 'copilot.example.org';
const directory = 'https://ca.example.org/acme/directory';
const acmeContext = [
  `ONEAPP_COPILOT_TLS_DOMAIN='${domain}'`,
  `ONEAPP_COPILOT_ACME_DIRECTORY='${directory}'`,
  goodContext,
].join('\n');
const wrong = `ONEAPP_COPILOT_CONTEXT_SIZE='lots'\n${goodContext}`;

let vm: TemporaryWorld;
let issued: Identity;
let renewed: Identity;
let ofOther: Identity;
beforeAll(async () => {
  const at = new Date('2026-11-21T04:00:00Z');
  const authority = await makeAuthority('ca', at);
  const make = (name: string) => makeLeaf(authority, { names: [name], addresses: [] }, at);
  [issued, renewed, ofOther] = [await make(domain), await make(domain), await make('other.example.org')];
});
beforeEach(async () => {
  vm = await TemporaryWorld.make();
});
afterEach(() => vm.remove());

const gateway = async () =>
  GatewayConfiguration.parse(JSON.parse(await vm.read(vm.paths.gatewayConfiguration)));
const wanted = async () => AcmeWanted.parse(JSON.parse(await vm.read(vm.paths.acmeWanted)));
const served = async (world = vm) =>
  splitIdentity(await world.read(world.paths.trustedIdentity).catch(() => undefined));
const stock = (identity: Identity, world = vm) =>
  world.write(world.paths.acmeIdentity, joinIdentity(identity));
const codes = async () => (await vm.status()).warnings.map(({ code }) => code);

/** Has the ACME unit say that its last attempt failed. */
async function fail(): Promise<void> {
  const record: AcmeRecord = {
    subject: subjectOf(await wanted()),
    next: '2026-11-21T05:00:00Z',
    because: 'retry',
    failures: 1,
    failedChecks: 0,
    lastFailure: {
      at: '2026-11-21T04:00:00Z',
      stage: 'order',
      problem: { code: 'ACME_CLOCK', what: 'The CA is unwell.', fix: 'Wait.' },
    },
    staging: false,
    orders: [],
  };
  await vm.write(vm.paths.acmeRecord, JSON.stringify(record));
}

/** A VM that serves the certificate of an ACME CA. */
async function withCertificate(world = vm): Promise<void> {
  await world.setContext(acmeContext);
  await stock(issued, world);
  await world.run();
  world.commands.length = 0;
}

describe('a context that names a domain', () => {
  test('has the own CA’s certificate served at once and another one asked for', async () => {
    await vm.setContext(acmeContext);
    expect(await vm.run()).toEqual({ state: 'ready', url: 'https://10.0.0.5/' });
    expect(await wanted()).toEqual({
      identifiers: [{ type: 'dns', value: domain }],
      server: { directory },
      addresses: ['10.0.0.5'],
    });
    const { mode } = await stat(vm.paths.acmeWanted);
    expect(mode & 0o777).toBe(0o640);
    expect(vm.performed).toContainEqual({
      do: 'write',
      file: expect.objectContaining({ path: vm.paths.acmeWanted, uid: 0, gid: 992, secret: true }),
    });
    expect(vm.commands.indexOf(`start ${units.acmeTimer}`)).toBeGreaterThan(
      vm.commands.indexOf(`start ${units.gateway}`),
    );
    const { tls, challenges, hsts } = await gateway();
    expect([tls.trusted, challenges, hsts]).toEqual([undefined, '/run/onepilot-acme', undefined]);
    await vm.run('reconcile');
    expect(vm.done).toEqual([]);
  });

  test('has the issued one taken up while streams go on, and says so', async () => {
    await vm.setContext(acmeContext);
    await vm.run();
    vm.commands.length = 0;
    await stock(issued);
    expect(await vm.run('reconcile')).toEqual({ state: 'ready', url: `https://${domain}/` });
    expect(vm.commands).toContain(`reload ${units.gateway}`);
    expect(vm.commands.filter((command) => command.startsWith('restart'))).toEqual([]);
    expect(await served()).toEqual(issued);
    const { mode } = await stat(vm.paths.trustedIdentity);
    expect(mode & 0o777).toBe(0o640);
    const { tls } = await gateway();
    expect([tls.trusted, tls.addresses]).toEqual([vm.paths.trustedIdentity, ['10.0.0.5']]);
    expect(await vm.status()).toMatchObject({
      endpoint: `https://${domain}/v1`,
      certificate: { source: 'acme', names: [domain] },
    });
    expect(vm.lines.join('\n')).toContain(`certificate: ${domain} (of OnePilot CA `);
    await vm.run('reconcile');
    expect(vm.done).toEqual([]);
  });

  test('has a renewed one taken up by a reload alone', async () => {
    await withCertificate();
    await stock(renewed);
    await vm.run('reconcile');
    expect(vm.done).toEqual([
      `remember restart: ${units.gateway}`,
      'write /etc/onepilot/tls/trusted.pem',
      `reload: ${units.gateway}`,
      `forget restart: ${units.gateway}`,
    ]);
    expect(await served()).toEqual(renewed);
  });

  test('has the issued one served at once after a reboot, though the CA is gone, and why it fails is told', async () => {
    await withCertificate();
    await fail();
    await vm.reboot();
    expect(await vm.run()).toEqual({ state: 'ready', url: `https://${domain}/` });
    expect(await served()).toEqual(issued);
    expect(await codes()).toEqual(['ACME_CLOCK']);
    expect(await vm.read(vm.paths.report)).toContain('ACME_CLOCK: The CA is unwell.\n  Wait.');
  });

  test('that names another one has the first one’s certificate put aside, and its failures forgotten', async () => {
    await withCertificate();
    await fail();
    await vm.setContext(acmeContext.replace(domain, 'another.example.org'));
    await vm.run('reconcile');
    expect(await served()).toBeUndefined();
    expect(await vm.read(vm.paths.acmeIdentity)).toBe(joinIdentity(issued));
    expect(await codes()).toEqual([]);
    expect(vm.commands).toContain(`restart ${units.acmeTimer}`);
    await vm.setContext(acmeContext);
    await vm.run('reconcile');
    expect(await served()).toEqual(issued);
  });

  test('that went wrong changes nothing, and renewals go on', async () => {
    await withCertificate();
    await vm.setContext(wrong);
    await vm.reboot();
    expect((await vm.run()).state).toBe('degraded');
    expect(await served()).toEqual(issued);
    expect((await wanted()).identifiers).toEqual([{ type: 'dns', value: domain }]);
    expect(vm.active).toContain(units.acmeTimer);
    await stock(renewed);
    await vm.run('reconcile');
    expect(await served()).toEqual(renewed);
    await rm(vm.paths.contextFile);
    await vm.run('reconcile');
    expect(vm.done).toEqual([]);
  });

  test('has its first certificate taken up though it has gone wrong meanwhile', async () => {
    await vm.setContext(acmeContext);
    await vm.run();
    await vm.setContext(wrong);
    await stock(issued);
    await vm.run('reconcile');
    expect((await gateway()).tls.trusted).toBe(vm.paths.trustedIdentity);
    expect((await gateway()).keys).toHaveLength(1);
    await vm.run('reconcile');
    expect(vm.done).toEqual([]);
  });

  test('leaves the gateway as it was, though an earlier image wrote down otherwise what certificates there are', async () => {
    await withCertificate();
    const before = await gateway();
    const tls = { certificate: '/etc/onepilot/tls/server.crt', key: '/k', authority: '/ca' };
    await vm.write(vm.paths.gatewayConfiguration, JSON.stringify({ ...before, tls }));
    await vm.setContext(wrong);
    await vm.run('reconcile');
    expect(await gateway()).toEqual(before);
  });

  test('that asks for the own CA’s after all has nobody asked any more', async () => {
    await withCertificate();
    await vm.setContext(`ONEAPP_COPILOT_TLS_MODE='own-ca'\n${acmeContext}`);
    vm.active.add(units.acme);
    await vm.run('reconcile');
    expect(await served()).toBeUndefined();
    await expect(vm.read(vm.paths.acmeWanted)).rejects.toThrow('ENOENT');
    expect(vm.commands).toEqual(
      expect.arrayContaining([`reload ${units.gateway}`, `stop ${units.acmeTimer}`, `stop ${units.acme}`]),
    );
    const { tls, challenges } = await gateway();
    expect([tls.trusted, challenges]).toEqual([undefined, undefined]);
  });

  test('of Let’s Encrypt has its staging server tried first after a failure', async () => {
    await vm.setContext(`ONEAPP_COPILOT_TLS_DOMAIN='copilot.onepilot.dev'\n${goodContext}`);
    await vm.run();
    const { server, staging } = await wanted();
    expect(server.directory).toContain('acme-v02.api.letsencrypt.org');
    expect(staging?.directory).toContain('acme-staging-v02.api.letsencrypt.org');
  });

  test('tells the account’s key to the ACME unit alone', async () => {
    const binding = "ONEAPP_COPILOT_ACME_EAB_KEY_ID='kid'\nONEAPP_COPILOT_ACME_EAB_KEY='canary-key-of-eab0'";
    await vm.setContext(`${binding}\n${acmeContext}`);
    await vm.run();
    expect((await wanted()).server.binding).toEqual({ keyId: 'kid', key: 'canary-key-of-eab0' });
    for (const [path, content] of await vm.snapshot()) {
      const isTheirs = path === '/etc/onepilot/acme.json' || path === '/context/context.sh';
      expect(content.includes('canary'), path).toBe(isTheirs);
    }
    expect(vm.lines.join('\n')).not.toContain('canary');
  });
});

test('seconds of HSTS are the gateway’s to say, and none unless the context says so', async () => {
  await vm.setContext(`ONEAPP_COPILOT_TLS_HSTS='300'\n${acmeContext}`);
  await vm.run();
  expect((await gateway()).hsts).toBe(300);
});

describe('what lies in the ACME unit’s directory', () => {
  test.each([
    ['is a link to somebody else’s certificate', () => symlink(vm.paths.ownIdentity, vm.paths.acmeIdentity)],
    ['is a pipe that nobody writes to', async () => execFileSync('mkfifo', [vm.paths.acmeIdentity])],
    ['is not a certificate', () => vm.write(vm.paths.acmeIdentity, 'rubbish')],
    ['has another’s key', () => stock({ ...issued, key: ofOther.key })],
    ['is for another name', () => stock(ofOther)],
    [
      'is larger than any certificate',
      () => vm.write(vm.paths.acmeIdentity, joinIdentity(issued) + ' '.repeat(2 ** 20)),
    ],
  ])('is not served where it %s', async (_name, put) => {
    await withCertificate();
    await rm(vm.paths.acmeIdentity);
    await rm(vm.paths.trustedIdentity);
    await put();
    expect(await vm.run('reconcile')).toMatchObject({ state: 'ready' });
    expect(await served()).toBeUndefined();
  });

  test('takes nothing from what is served when it is damaged', async () => {
    await withCertificate();
    await vm.write(vm.paths.acmeIdentity, 'rubbish');
    await vm.write(vm.paths.acmeRecord, 'rubbish');
    await vm.run('reconcile');
    expect(await served()).toEqual(issued);
    expect((await vm.status()).certificate?.source).toBe('earlier');
  });
});

describe('an address', () => {
  const auto = `ONEAPP_COPILOT_TLS_ADDRESS='auto'\nONEAPP_COPILOT_TLS_MODE='acme'\n${goodContext}`;

  test('is asked for where the context says auto and the VM has a public one', async () => {
    vm.address = '8.8.4.4';
    await vm.setContext(auto);
    await vm.run();
    expect((await wanted()).identifiers).toEqual([{ type: 'ip', value: '8.8.4.4' }]);
    vm.address = undefined;
    await vm.run('reconcile');
    expect((await wanted()).identifiers).toEqual([{ type: 'ip', value: '8.8.4.4' }]);
  });

  test('that is not public is not asked for, which is told and keeps nobody from being served', async () => {
    await vm.setContext(auto);
    expect(await vm.run()).toMatchObject({ state: 'ready' });
    await expect(vm.read(vm.paths.acmeWanted)).rejects.toThrow('ENOENT');
    expect(await codes()).toEqual(['ACME_NO_PUBLIC_ADDRESS']);
    expect(vm.commands.filter((command) => command.includes('acme'))).toEqual([]);
  });
});

describe('a provided certificate', () => {
  const provide = ({ certificate, key }: Identity) =>
    [
      `ONEAPP_COPILOT_TLS_CERTIFICATE='${Buffer.from(certificate).toString('base64')}'`,
      `ONEAPP_COPILOT_TLS_KEY='${Buffer.from(key).toString('base64')}'`,
      goodContext,
    ].join('\n');

  test('is served from the first boot on, and its key is the gateway’s alone', async () => {
    await vm.setContext(provide(ofOther));
    expect(await vm.run()).toEqual({ state: 'ready', url: 'https://other.example.org/' });
    const identity = await served();
    expect(identity).toBeDefined();
    const secret = ofOther.key.split('\n')[1] ?? '';
    for (const [path, content] of await vm.snapshot()) {
      expect(content.includes(secret), path).toBe(path === '/etc/onepilot/tls/trusted.pem');
    }
  });

  test('that is replaced by a broken one is served on, degraded, with the fault’s name', async () => {
    await vm.setContext(provide(ofOther));
    await vm.run();
    await vm.setContext(provide({ ...issued, key: ofOther.key }));
    expect(await vm.run('reconcile')).toMatchObject({ state: 'degraded' });
    expect(await codes()).toEqual(['CERTIFICATE_KEY_MISMATCH']);
    expect((await vm.status()).certificate).toMatchObject({
      source: 'earlier',
      names: ['other.example.org'],
    });
    await vm.setContext(provide(issued));
    expect(await vm.run('reconcile')).toEqual({ state: 'ready', url: `https://${domain}/` });
  });

  test('that never was good leaves the own CA’s, degraded', async () => {
    await vm.setContext(provide({ ...issued, key: ofOther.key }));
    expect(await vm.run()).toMatchObject({ state: 'degraded' });
    expect(await served()).toBeUndefined();
    expect(vm.commands).toContain(`start ${units.gateway}`);
  });

  test('on a disk that is not there is told as that', async () => {
    const onDisk =
      "ONEAPP_COPILOT_TLS_CERTIFICATE='disk:CERTS/a.crt'\nONEAPP_COPILOT_TLS_KEY='disk:CERTS/a.key'";
    await vm.write(`${vm.paths.disksByLabel}/CERTS`, '');
    await vm.setContext(`${onDisk}\n${goodContext}`);
    expect(await vm.run()).toMatchObject({ state: 'degraded' });
    expect(vm.mounts.map((device) => device.replace(vm.root, ''))).toContain('/dev/disk/by-label/CERTS');
    expect(await codes()).toContain('CERTIFICATE_FILE_UNUSABLE');
  });
});

test('port 80 is open to the CA where HTTPS is for some alone, which is told', async () => {
  await vm.setContext(`ONEAPP_COPILOT_ALLOWED_NETWORKS='10.0.0.0/8'\n${acmeContext}`);
  await vm.run();
  expect(await vm.read(vm.paths.firewall)).toContain('\t\ttcp dport 80 accept\n');
  expect(await codes()).toEqual(['ACME_PORT_80_OPEN']);
});

test('a switch that is cut off anywhere leaves key and chain together, and the next boot completes it', async () => {
  await withCertificate();
  await stock(renewed);
  await vm.run('reconcile');
  const actions = vm.performed.length;
  expect(actions).toBeGreaterThan(3);
  for (let cut = 0; cut < actions; cut += 1) {
    const other = await TemporaryWorld.make();
    try {
      await withCertificate(other);
      await stock(renewed, other);
      other.cutBefore = cut;
      expect((await other.run('reconcile')).state, `cut ${cut}`).not.toBe('ready');
      expect([issued, renewed], `cut ${cut}`).toContainEqual(await served(other));
      await other.reboot();
      other.cutBefore = Number.POSITIVE_INFINITY;
      expect((await other.run()).state, `cut ${cut}`).toBe('ready');
      expect(await served(other), `cut ${cut}`).toEqual(renewed);
      await other.run('reconcile');
      expect(other.done, `cut ${cut}`).toEqual([]);
    } finally {
      await other.remove();
    }
  }
});
