import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renewalOf } from '../../../../src/certificates/acme/renewal-time.ts';
import { serverFile } from '../../../../src/certificates/acme/server-file.ts';
import type { AcmeWanted } from '../../../../src/certificates/acme/wanted.ts';
import { failure } from '../../../../src/errors/catalogue.ts';
import { Keeping, PowerCut } from './keeping.ts';
import { day, hour, later, minute, wanted } from './records.ts';

const server = wanted.server.directory;
const staging = wanted.staging?.directory;
const information = `renewal information of ${server}`;

const elsewhere = failure('ACME_NAME_UNKNOWN', { name: 'copilot.example.net', addresses: '192.0.2.7' });
const refused = failure('ACME_CAA', { server, identifier: 'copilot.example.net', detail: 'no' });
const unreachable = failure('ACME_SERVER_UNKNOWN', { server });

let vm: Keeping;

beforeEach(async () => {
  vm = await Keeping.open();
});

afterEach(() => vm.close());

/** What is left of the time until the record says that it goes on. */
async function nextIn(): Promise<number> {
  return Date.parse((await vm.record()).next) - vm.now.getTime();
}

describe('a run', () => {
  test('gets the first certificate, asks when to renew it, and says so in the record', async () => {
    await vm.run();
    expect(vm.asked).toEqual([server, information]);
    const record = await vm.record();
    const stock = await vm.stock();
    expect(stock).toBeDefined();
    expect(record).toMatchObject({ because: 'renewal', failures: 0, staging: false });
    expect(record.certificate?.challenge).toBe('http-01');
    expect(record.orders.map(({ outcome }) => outcome)).toEqual(['issued']);
    const due = renewalOf(record.certificate ?? expect.fail(), undefined).at;
    expect(record.next).toBe(due.toISOString());
  });

  test('does, writes and says nothing when nothing is due', async () => {
    await vm.run();
    const [asked, written, lines] = [vm.asked.length, vm.written.length, vm.lines.length];
    for (let look = 0; look < 10; look += 1) {
      vm.now = new Date(vm.now.getTime() + 5 * minute);
      await vm.run();
    }
    expect([vm.asked.length, vm.written.length, vm.lines.length]).toEqual([asked, written, lines]);
  });

  test('renews with another key when it is time, in the stead of the one in stock', async () => {
    await vm.run();
    const [first, { next }] = [await vm.stock(), await vm.record()];
    vm.now = new Date(Date.parse(next) - 1);
    await vm.run();
    expect(vm.asked.filter((what) => what !== information)).toEqual([server]);
    vm.now = new Date(next);
    await vm.run();
    expect(vm.asked.filter((what) => what !== information)).toEqual([server, `${server} in its stead`]);
    expect((await vm.stock())?.key).not.toBe(first?.key);
  });

  test('renews when the CA wants that to have been done already, once a day if it always does', async () => {
    const window = { start: later(-day).toISOString(), end: later(-hour).toISOString(), explanation: 'why' };
    await vm.run();
    vm.answer = { window, says: 'it is urgent' };
    vm.now = later(2 * day);
    await vm.run();
    await vm.run();
    expect(vm.asked).toEqual([server, information, information, `${server} in its stead`, information]);
    expect(await vm.record()).toMatchObject({ because: 'renewal-information', renewalInformation: window });
    expect(await nextIn()).toBe(day);
  });

  test('keeps what the CA said when it does not answer later', async () => {
    const window = { start: later(day).toISOString(), end: later(2 * day).toISOString() };
    vm.answer = { window, says: 'tomorrow' };
    await vm.run();
    const { next } = await vm.record();
    vm.answer = { says: 'the CA did not say' };
    vm.now = later(7 * hour);
    await vm.run();
    expect(await vm.record()).toMatchObject({
      next,
      because: 'renewal-information',
      renewalInformation: window,
    });
  });

  test('writes files that nobody else reads', async () => {
    await vm.run();
    for (const path of [vm.paths.acmeIdentity, vm.paths.acmeRecord]) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  test('orders one certificate, however old that is, and the next when a third of what is left is over', async () => {
    vm.age = 29 * day;
    await vm.run();
    expect(vm.asked).toEqual([server, information]);
    expect(await nextIn()).toBe(8 * hour);
    vm.now = later(7.9 * hour);
    await vm.run();
    expect(vm.asked.filter((what) => what !== information)).toHaveLength(1);
  });

  test('forgets an order once its certificate is in stock', async () => {
    vm.fates.push(refused);
    await vm.run();
    vm.now = new Date((await vm.record()).next);
    await vm.run();
    expect(vm.asked).toEqual([server, staging, server, information]);
    expect(vm.forgotten).toEqual([undefined, (await vm.stock())?.key]);
  });

  test('removes what is kept of orders at servers that are not asked any more', async () => {
    const { server: own } = wanted;
    const others = [
      { ...own, binding: { keyId: 'kid', key: 'key' } },
      { directory: 'https://c.example.net' },
    ];
    const kept = [serverFile('account', others[0] ?? own), serverFile('order', own)];
    for (const name of [...kept, ...others.map((other) => serverFile('order', other))]) {
      await writeFile(join(vm.paths.acmeState, name), '{}');
    }
    await vm.run();
    const left = (await readdir(vm.paths.acmeState)).filter((name) => /^(account|order)-/.test(name));
    expect(left.sort()).toEqual(kept.sort());
    await vm.want(undefined);
    await vm.run();
    expect(await readdir(vm.paths.acmeState)).not.toContain(serverFile('order', own));
  });

  test('begins with the kind of challenge that went well the last time', async () => {
    vm.kinds = ['tls-alpn-01'];
    await vm.run();
    vm.now = new Date((await vm.record()).next);
    vm.kinds = ['http-01', 'tls-alpn-01'];
    await vm.run();
    const { certificate, orders } = await vm.record();
    expect(certificate?.challenge).toBe('tls-alpn-01');
    expect(orders.map(({ outcome }) => outcome)).toEqual(['issued']);
  });

  test('has nothing to do when no certificate is wanted', async () => {
    await vm.want(undefined);
    await vm.run(true);
    expect([vm.asked, vm.written]).toEqual([[], []]);
  });

  test('begins anew with a record or a certificate that was damaged', async () => {
    await vm.run();
    await writeFile(vm.paths.acmeRecord, '{"subject":');
    await vm.run();
    expect(vm.asked).toEqual([server, information, information]);
    await writeFile(vm.paths.acmeIdentity, '-----BEGIN PRIVATE KEY-----');
    await vm.run();
    expect(vm.asked.slice(3)).toEqual([server, information]);
  });
});

describe('a failure', () => {
  test('of the checks leaves the CA in peace and is looked at again after minutes', async () => {
    vm.refuse(elsewhere);
    await vm.run();
    expect(vm.asked).toEqual([]);
    const { lastFailure, orders, staging: first } = await vm.record();
    expect(lastFailure).toMatchObject({ stage: 'checks', problem: { code: 'ACME_NAME_UNKNOWN' } });
    expect([orders, first]).toEqual([[], false]);
    expect(await nextIn()).toBeLessThanOrEqual(6 * minute);
    vm.now = later(4 * minute);
    vm.checks = [];
    await vm.run();
    expect(vm.asked).toEqual([]);
    vm.now = later(6 * minute);
    await vm.run();
    expect(vm.asked).toEqual([server, information]);
    expect((await vm.record()).lastFailure).toBeUndefined();
  });

  test('of a new name has staging go well before the CA is asked again', async () => {
    vm.fates.push(refused, refused);
    await vm.run();
    expect(await vm.record()).toMatchObject({ staging: true, lastFailure: { stage: 'order' } });
    vm.now = new Date(Date.parse((await vm.record()).next));
    await vm.run();
    expect(await vm.record()).toMatchObject({ failures: 2, lastFailure: { stage: 'staging' } });
    vm.now = new Date(Date.parse((await vm.record()).next));
    await vm.run();
    expect(vm.asked).toEqual([server, staging, staging, server, information]);
    expect((await vm.record()).failures).toBe(0);
  });

  test.each([
    ['cannot be reached', () => vm.fates.push(failure('ACME_SERVER_UNREACHABLE', { server, reason: 'no' }))],
    ['is not looked at', () => vm.refuse(failure('ACME_SERVER_UNREACHABLE', { server, reason: 'no' }))],
    ['issues nonsense', () => vm.fates.push(failure('ACME_CERTIFICATE_WRONG', { server, reason: 'no' }))],
  ])('of staging, which %s, does not keep the CA from being asked', async (_, trouble) => {
    vm.fates.push(refused);
    await vm.run();
    trouble();
    vm.now = new Date((await vm.record()).next);
    await vm.run();
    expect(await vm.record()).toMatchObject({ failures: 2, staging: false });
    vm.checks = [];
    vm.now = new Date((await vm.record()).next);
    await vm.run();
    expect(vm.asked.at(-2)).toBe(server);
    expect((await vm.record()).failures).toBe(0);
  });

  test('to use what the CA has issued counts as a certificate', async () => {
    vm.fates.push(failure('ACME_CERTIFICATE_WRONG', { server, reason: 'it is for another key' }));
    await vm.run();
    expect((await vm.record()).orders.at(-1)?.outcome).toBe('issued');
  });

  test('is noted in so many words at most, none of which moves a cursor', async () => {
    const offered = `\u001b[2J${'x'.repeat(1_000_000)}`;
    const values = { server, identifier: 'copilot.example.net', offered, kinds: 'http-01' };
    vm.fates.push(failure('ACME_CHALLENGE_NOT_OFFERED', values));
    await vm.run();
    const { lastFailure } = await vm.record();
    expect(lastFailure?.problem.what).toContain(' [2Jxxx');
    expect(JSON.stringify(lastFailure).length).toBeLessThan(10_000);
  });

  test('to reach the CA is no reason for staging, and no order that it counts', async () => {
    vm.fates.push(unreachable);
    await vm.run();
    expect(await vm.record()).toMatchObject({ staging: false, orders: [], failures: 1 });
  });

  test('leaves the certificate in stock as it is', async () => {
    await vm.run();
    const stock = await vm.stock();
    vm.now = new Date((await vm.record()).next);
    vm.fates.push(refused);
    await vm.run();
    expect(await vm.stock()).toEqual(stock);
    expect(await vm.record()).toMatchObject({ because: 'retry', failures: 1, staging: false });
  });

  test('of the program itself is noted, told and not repeated at once', async () => {
    vm.fates.push(new TypeError('x is not a function'));
    await expect(vm.run()).rejects.toThrow('x is not a function');
    expect((await vm.record()).lastFailure?.problem.code).toBe('ACME_STEP_FAILED');
    vm.now = later(5 * minute);
    await vm.run();
    expect(vm.asked).toEqual([server]);
  });
});

describe('somebody who asks', () => {
  test('gets another certificate, once for each time', async () => {
    await vm.run();
    await writeFile(vm.paths.acmeAsked, '');
    await vm.run();
    await vm.run();
    expect(vm.asked).toEqual([server, information, `${server} in its stead`, information]);
  });

  test('is told why not when the CA would not bear it', async () => {
    for (let time = 0; time < 5; time += 1) await vm.run(true);
    vm.lines.length = 0;
    const record = await vm.record();
    await vm.run(true);
    expect(vm.asked.filter((what) => what !== information)).toHaveLength(5);
    expect(vm.lines).toEqual([
      `The CA is not asked before ${later(7 * day).toISOString()}: CAs bear 5 certificates a week for the same names.`,
    ]);
    expect(await vm.record()).toEqual(record);
  });
});

describe('the power goes', () => {
  /** Runs until nothing is due, by the timer that starts after a reboot. */
  async function settled(): Promise<void> {
    vm.cutAt = undefined;
    vm.cutAfterOrder = false;
    for (let look = 0; look < 4; look += 1) {
      vm.now = new Date(vm.now.getTime() + 20 * minute);
      await vm.run();
    }
  }

  /** Files written by a run that is not cut off. */
  async function writes(): Promise<number> {
    const before = vm.written.length;
    await vm.run();
    return vm.written.length - before;
  }

  test.each([1, 2, 3, 4])('at write %i of the first order, and the next run is right', async (write) => {
    vm.cutAt = write;
    await expect(vm.run()).rejects.toThrow(PowerCut);
    const got = await vm.stock();
    await settled();
    expect(vm.asked.filter((what) => what === server)).toHaveLength(write <= 1 || got ? 1 : 2);
    const { certificate, failures } = await vm.record();
    expect(failures).toBe(0);
    expect(certificate?.fingerprint).toBeDefined();
    if (got) expect(await vm.stock()).toEqual(got);
    const written = vm.written.length;
    await vm.run();
    expect(vm.written).toHaveLength(written);
  });

  test('at each write there is: none has been forgotten', async () => {
    expect(await writes()).toBe(4);
  });

  test.each([1, 2, 3])(
    'at write %i of a renewal, and there is a whole certificate at all times',
    async (write) => {
      await vm.run();
      const first = await vm.stock();
      const { next, certificate: old } = await vm.record();
      vm.now = new Date(next);
      vm.cutAt = write;
      await expect(vm.run()).rejects.toThrow(PowerCut);
      expect(await vm.stock()).toBeDefined();
      await settled();
      const { certificate, failures } = await vm.record();
      expect(failures).toBe(0);
      expect(await vm.stock()).not.toEqual(first);
      expect(Date.parse(certificate?.notAfter ?? '')).toBeGreaterThan(Date.parse(old?.notAfter ?? ''));
    },
  );

  test('after the CA has issued and before that is written: another is ordered', async () => {
    vm.cutAfterOrder = true;
    await expect(vm.run()).rejects.toThrow(PowerCut);
    await settled();
    expect((await vm.record()).certificate).toBeDefined();
  });
});

describe('another wish', () => {
  const other: AcmeWanted = { ...wanted, identifiers: [{ type: 'dns', value: 'other.example.net' }] };

  test('is ordered at once; the certificate in stock stays until it is there', async () => {
    await vm.run();
    const first = await vm.stock();
    vm.fates.push(refused);
    vm.now = later(hour);
    await vm.want(other);
    await vm.run();
    expect(await vm.stock()).toEqual(first);
    vm.now = new Date((await vm.record()).next);
    await vm.run();
    expect(vm.asked.filter((what) => what !== information)).toEqual([server, server, staging, server]);
    expect(await vm.stock()).not.toEqual(first);
  });

  test('of the same certificate in another way is tried at once after a failure', async () => {
    vm.fates.push(unreachable);
    await vm.run();
    vm.now = later(minute);
    await vm.want({ ...wanted, contact: 'admin@example.net' });
    await vm.run();
    expect(vm.asked).toEqual([server, server, information]);
  });

  test('does not come of the machine’s addresses: a failure is waited for all the same', async () => {
    vm.fates.push(unreachable);
    await vm.run();
    for (const address of ['198.51.100.8', '198.51.100.9']) {
      vm.now = new Date(vm.now.getTime() + minute);
      await vm.want({ ...wanted, addresses: [address] });
      await vm.run();
    }
    expect(vm.asked).toEqual([server]);
  });
});
