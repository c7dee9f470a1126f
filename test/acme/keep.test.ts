import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundle } from '../../src/builder/stages/app.ts';
import type { AcmeWanted } from '../../src/certificates/acme/wanted.ts';
import { type Network, openNetwork } from '../support/network.ts';
import { dns, ip } from '../support/pebble/applicant.ts';
import { KeptVm } from '../support/pebble/kept-vm.ts';
import { NameServer } from '../support/pebble/name-server.ts';
import { type Pebble, startPebble } from '../support/pebble/pebble.ts';

const domain = 'copilot.example.org';
const [caAddress, address, otherAddress] = ['198.51.100.10', '198.51.100.20', '198.51.100.30'];
const day = 24 * 60 * 60_000;

let network: Network<'ca' | 'vm' | 'other'>;
let names: NameServer;
let pebble: Pebble;
let vm: KeptVm;

beforeAll(async () => {
  network = await openNetwork({
    ca: [`${caAddress}/24`],
    vm: [`${address}/24`],
    other: [`${otherAddress}/24`],
  });
  const { ca } = network.hosts;
  names = await NameServer.start(`${caAddress}:53`, '127.0.0.1:8055', ca);
  pebble = await startPebble({ host: ca, address: caAddress, dns: `${caAddress}:53` });
});

afterAll(async () => {
  await pebble?.close();
  await names?.close();
  await network?.close();
});

beforeEach(async () => {
  await names.has(domain, { v4: address });
  vm = await KeptVm.open(network.hosts.vm, caAddress);
  await vm.want(wanted());
  await vm.serve();
});

afterEach(() => vm.close());

function wanted(fields: Partial<AcmeWanted> = {}): AcmeWanted {
  return {
    identifiers: [dns(domain)],
    server: { directory: pebble.directory },
    roots: pebble.roots,
    addresses: [address],
    ...fields,
  };
}

/** Orders that Pebble has been asked for. */
function ordersAtCa(): number {
  return pebble.output().match(/POST \/order-plz/g)?.length ?? 0;
}

async function named(): Promise<string | undefined> {
  const stock = await vm.stock();
  return stock && new X509Certificate(stock.certificate).subjectAltName;
}

describe('the unit', () => {
  test('gets a certificate, says nothing while it is good, and gets another when somebody asks', async () => {
    const { code, output } = await vm.run();
    expect([code, await named()], output).toEqual([0, `DNS:${domain}`]);
    const record = await vm.record();
    expect(record).toMatchObject({ failures: 0, because: 'renewal', certificate: { challenge: 'http-01' } });
    const first = await vm.stock();
    expect(await vm.run()).toEqual({ code: 0, output: '' });
    expect([await vm.record(), await vm.stock()]).toEqual([record, first]);
    expect((await vm.run({ now: true })).code).toBe(0);
    const second = await vm.stock();
    expect(second?.key).toBeDefined();
    expect(second?.key).not.toBe(first?.key);
  });

  test('gets one for an address', async () => {
    await vm.want(wanted({ identifiers: [ip(address)] }));
    const { output } = await vm.run();
    expect(await named(), output).toBe(`IP Address:${address}`);
  });

  test('does so as the image has it, in one bundle', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'onepilot-bundle-'));
    try {
      for (const [name, bytes] of await bundle()) await writeFile(join(directory, name), bytes);
      const { code, output } = await vm.run({ bundle: join(directory, 'acme.mjs') });
      expect([code, await named()], output).toEqual([0, `DNS:${domain}`]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('lets one run after the other', async () => {
    const first = vm.begin();
    await first.printed(/asked/);
    process.kill(first.pid, 'SIGSTOP');
    const second = await vm.run();
    process.kill(first.pid, 'SIGCONT');
    expect(second.code).toBe(1);
    expect(second.output).toContain('Another run');
    expect(await first.ended).toBe(0);
  });

  test('that is told to stop leaves its order to the next run', async () => {
    const stopped = vm.begin();
    await stopped.printed(/An order for/);
    await stopped.kill('SIGTERM');
    expect(await stopped.ended, stopped.output).toBe(0);
    const { output } = await vm.run();
    expect(await named(), output).toBe(`DNS:${domain}`);
    expect((await vm.record()).failures).toBe(0);
  });
});

describe('before the CA is asked', () => {
  test('a name without address is seen, and the CA is left in peace', async () => {
    await names.has(domain, {});
    const before = ordersAtCa();
    const { code, output } = await vm.run();
    expect(code, output).toBe(0);
    expect(ordersAtCa()).toBe(before);
    expect((await vm.record()).lastFailure).toMatchObject({
      stage: 'checks',
      problem: { code: 'ACME_NAME_UNKNOWN' },
    });
    await names.has(domain, { v4: address });
    await vm.makeDue();
    await vm.run();
    expect(await named()).toBe(`DNS:${domain}`);
  });

  test('a gateway that is not there is seen', async () => {
    await vm.stopServing();
    const before = ordersAtCa();
    await vm.run();
    expect(ordersAtCa()).toBe(before);
    expect((await vm.record()).lastFailure?.problem.code).toBe('ACME_NOBODY_ANSWERS');
  });

  test.each(['drop', 'reject with tcp reset'] as const)(
    'a firewall before port 80 (%s) is seen, and port 443 taken',
    async (verdict) => {
      const { vm: host } = network.hosts;
      await host.block(80, verdict);
      try {
        const { output } = await vm.run();
        expect(output).toContain('port 80 does not show');
        expect((await vm.record()).certificate?.challenge).toBe('tls-alpn-01');
        expect((await vm.record()).orders.map(({ outcome }) => outcome)).toEqual(['issued']);
      } finally {
        await host.unblock();
      }
    },
  );

  test.each(['+365d', '-365d'])(
    'a clock that is off by %s is seen, and the certificate kept',
    async (clock) => {
      await vm.run();
      const stock = await vm.stock();
      expect(stock).toBeDefined();
      const before = ordersAtCa();
      const { code, output } = await vm.run({ clock, now: true });
      expect(code, output).toBe(0);
      expect(ordersAtCa()).toBe(before);
      const { lastFailure } = await vm.record();
      expect(lastFailure).toMatchObject({ stage: 'checks', problem: { code: 'ACME_CLOCK' } });
      expect(await vm.stock()).toEqual(stock);
    },
  );

  test('a clock a year off holds nothing back once it is right', async () => {
    for (const clock of ['+365d', '-365d']) {
      await vm.run({ clock });
      expect((await vm.record()).lastFailure?.problem.code).toBe('ACME_CLOCK');
    }
    // By a clock that was behind, the next attempt is long due.
    await vm.run();
    expect(await named()).toBe(`DNS:${domain}`);
    expect((await vm.record()).failures).toBe(0);
  });
});

describe('what the CA refuses', () => {
  test('leaves the certificate in stock, is explained, and is tried again later', async () => {
    await vm.run();
    const stock = await vm.stock();
    await names.has(domain, { v4: otherAddress });
    await vm.forgetAccount();
    const { code, output } = await vm.run({ now: true });
    expect(code).toBe(0);
    expect(output).toContain(`${domain} leads to ${otherAddress}, where this VM could not be recognised`);
    const { lastFailure, next, failures, because } = await vm.record();
    expect(lastFailure).toMatchObject({
      stage: 'order',
      problem: { code: expect.stringMatching(/^ACME_CHALL/) },
    });
    expect([failures, because]).toEqual([1, 'retry']);
    expect(Date.parse(next) - Date.now()).toBeLessThanOrEqual(day);
    expect(await vm.stock()).toEqual(stock);
    const before = ordersAtCa();
    expect(await vm.run()).toEqual({ code: 0, output: '' });
    expect(ordersAtCa()).toBe(before);
  });

  test('is its own word where the VM’s name server says nothing', async () => {
    await names.fail(domain);
    try {
      const { output } = await vm.run();
      expect(output).toContain(`Where ${domain} leads could not be looked up: ESERVFAIL`);
      expect((await vm.record()).lastFailure).toMatchObject({
        stage: 'order',
        problem: { code: 'ACME_DNS' },
      });
    } finally {
      await names.recover(domain);
    }
  });

  test('a CA that is gone leaves the certificate in stock, too', async () => {
    await vm.run();
    const stock = await vm.stock();
    await pebble.stop();
    try {
      const { code } = await vm.run({ now: true });
      expect(code).toBe(0);
      expect((await vm.record()).lastFailure?.problem.code).toBe('ACME_SERVER_UNREACHABLE');
      expect(await vm.stock()).toEqual(stock);
    } finally {
      await pebble.restart();
    }
  });
});
