import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChallengeKind } from '../../src/certificates/acme/order.ts';
import type { Child } from '../support/child.ts';
import { type Host, type Network, openNetwork } from '../support/network.ts';
import { Applicant, dns, ip } from '../support/pebble/applicant.ts';
import { NameServer } from '../support/pebble/name-server.ts';
import type { OrderOutcome } from '../support/pebble/order-request.ts';
import { type Pebble, startPebble } from '../support/pebble/pebble.ts';

const domain = 'copilot.example.org';
const [address, address6] = ['198.51.100.20', '2001:db8::20'];

let network: Network<'ca' | 'vm' | 'other'>;
let names: NameServer;
let pebble: Pebble;
let applicant: Applicant;
let front: Child;

beforeAll(async () => {
  network = await openNetwork({
    ca: ['198.51.100.10/24', '2001:db8::10/64'],
    vm: [`${address}/24`, `${address6}/64`],
    other: ['198.51.100.30/24'],
  });
  const { ca, vm } = network.hosts;
  names = await NameServer.start('127.0.0.1:53', '127.0.0.1:8055', ca);
  pebble = await startPebble({ host: ca, address: '198.51.100.10', dns: '127.0.0.1:53' });
  applicant = await Applicant.open();
  front = await startFront(vm, applicant.challenges, '::');
  await names.has(domain, { v4: address });
});

afterAll(async () => {
  await front?.kill();
  await applicant?.close();
  await pebble?.close();
  await names?.close();
  await network?.close();
});

function certificateIn(outcome: OrderOutcome): X509Certificate {
  if (!('identity' in outcome)) throw new Error(JSON.stringify(outcome));
  return new X509Certificate(outcome.identity.certificate);
}

async function startFront(host: Host, challenges: string, at: string): Promise<Child> {
  const program = join(import.meta.dirname, '../support/pebble/front-process.ts');
  const options = { challenges, address: at, http: 80, https: 443 };
  const child = host.start([process.execPath, program, JSON.stringify(options)]);
  await child.printed(/listening/);
  return child;
}

const order = (identifiers: string[], kinds: ChallengeKind[]) =>
  applicant.orderOn(network.hosts.vm, pebble, {
    identifiers: identifiers.map((value) => (value === domain ? dns(value) : ip(value))),
    kinds,
  });

describe.each(['http-01', 'tls-alpn-01'] as const)('%s at the real ports', (kind) => {
  it.each([
    ['a domain', [domain], `DNS:${domain}`],
    ['an IPv4 address', [address], `IP Address:${address}`],
    // Of an IPv4 and an IPv6 address in one order Debian's Pebble says that the request does not name both.
    ['a domain and an IPv6 address', [domain, address6], `DNS:${domain}, IP Address:2001:DB8:0:0:0:0:0:20`],
  ])('gets and renews the certificate of %s, each time with another key', async (_, identifiers, named) => {
    const [first, second] = [await order(identifiers, [kind]), await order(identifiers, [kind])];
    for (const outcome of [first, second]) {
      expect(certificateIn(outcome).subjectAltName).toBe(named);
      expect(outcome).toMatchObject({ challenge: kind });
    }
    const keys = [first, second].map((outcome) => certificateIn(outcome).publicKey.export({ format: 'jwk' }));
    expect(keys[0]).toMatchObject({ crv: 'P-256' });
    expect(keys[0]).not.toEqual(keys[1]);
    expect(await applicant.shown()).toEqual([]);
  });
});

describe('what stands between the CA and the VM', () => {
  const both: ChallengeKind[] = ['http-01', 'tls-alpn-01'];

  it('goes on to tls-alpn-01 where port 80 is blocked', async () => {
    await network.hosts.vm.block(80, 'drop');
    try {
      const outcome = await order([domain, address], both);
      expect(certificateIn(outcome).subjectAltName).toContain(domain);
      expect(outcome).toMatchObject({ challenge: 'tls-alpn-01' });
    } finally {
      await network.hosts.vm.unblock();
    }
  });

  it('says which port to open where none is', async () => {
    await network.hosts.vm.block(80, 'reject with tcp reset');
    try {
      const outcome = await order([domain], ['http-01']);
      expect(outcome).toMatchObject({
        code: 'ACME_CHALLENGE_UNREACHABLE',
        message: expect.stringMatching(
          /^198\.51\.100\.10:14000 could not reach copilot\.example\.org at port 80: /,
        ),
        fix: expect.stringMatching(/^Open port 80 to this VM/),
      });
    } finally {
      await network.hosts.vm.unblock();
    }
  });

  it.each([
    ['to a machine where nobody answers', '198.51.100.30', 'ACME_CHALLENGE_UNREACHABLE'],
    ['nowhere', undefined, 'ACME_DNS'],
  ])('says so when the name leads %s', async (_, v4, code) => {
    await names.has(domain, v4 === undefined ? {} : { v4 });
    try {
      const outcome = await order([domain], both);
      expect(outcome).toMatchObject({ code, message: expect.stringContaining(domain) });
      expect(await applicant.shown()).toEqual([]);
    } finally {
      await names.has(domain, { v4: address });
    }
  });

  it('says so when another machine answers for the name', async () => {
    const { other } = network.hosts;
    const elsewhere = await Applicant.open();
    const stranger = await startFront(other, elsewhere.challenges, '198.51.100.30');
    await names.has(domain, { v4: '198.51.100.30' });
    try {
      const outcome = await order([domain], both);
      expect(outcome).toMatchObject({
        message: expect.stringMatching(/at port 80 .* got another one: .* Besides: .*at port 443/s),
        fix: expect.stringMatching(/^Another machine answers there/),
      });
    } finally {
      await names.has(domain, { v4: address });
      await stranger.kill();
      await elsewhere.close();
    }
  });

  it('needs no second kind for a name that the DNS does not answer for', async () => {
    await names.fail(domain);
    const before = applicant.lines.length;
    try {
      expect(await order([domain], both)).toMatchObject({ code: 'ACME_DNS' });
      const asked = applicant.lines.slice(before).filter((line) => line.includes('is asked to check'));
      expect(asked).toHaveLength(1);
    } finally {
      await names.recover(domain);
    }
  });
});
