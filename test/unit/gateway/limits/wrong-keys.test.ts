import { describe, expect, it } from 'vitest';
import { addressGroup } from '../../../../src/gateway/limits/address-group.ts';
import { WrongKeys } from '../../../../src/gateway/limits/wrong-keys.ts';

const minute = 60_000;

/** How long the answer to a wrong key waits that comes at `now`; it is over at once. */
function waitOf(wrongKeys: WrongKeys, now: number, ip = '192.0.2.1') {
  const slowdown = wrongKeys.slowdown(ip, now);
  slowdown?.end();
  return slowdown?.milliseconds;
}

describe('the answers to wrong keys', () => {
  it('are delayed from the sixth in a minute on, more and more, by five seconds at most', () => {
    const wrongKeys = new WrongKeys();
    const waits = Array.from({ length: 14 }, () => waitOf(wrongKeys, 0));
    expect(waits).toEqual([0, 0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000]);
  });

  it('are never delayed for an editor that sends one every quarter of a minute', () => {
    const wrongKeys = new WrongKeys();
    const waits = Array.from({ length: 100 }, (_, at) => waitOf(wrongKeys, (at * minute) / 4));
    expect(new Set(waits)).toEqual(new Set([0]));
  });

  it('are not delayed again once a while was calm', () => {
    const wrongKeys = new WrongKeys();
    for (let count = 0; count < 1000; count += 1) waitOf(wrongKeys, 0);
    expect(waitOf(wrongKeys, 1.5 * minute)).toBe(0);
  });

  it('are not delayed because of another address', () => {
    const wrongKeys = new WrongKeys();
    for (let count = 0; count < 20; count += 1) waitOf(wrongKeys, 0);
    expect(waitOf(wrongKeys, 0, '192.0.2.2')).toBe(0);
  });

  it('wait in small numbers per address, and beyond those are refused until one has ended', () => {
    const wrongKeys = new WrongKeys();
    for (let count = 0; count < 5; count += 1) waitOf(wrongKeys, 0);
    const waiting = Array.from({ length: 8 }, () => wrongKeys.slowdown('192.0.2.1', 0));
    expect(waiting).not.toContain(undefined);
    expect(wrongKeys.slowdown('192.0.2.1', 0)).toBeUndefined();
    waiting[0]?.end();
    expect(wrongKeys.slowdown('192.0.2.1', 0)).toBeDefined();
  });

  it('wait in smaller numbers where the key is still to be checked, beside those that are known to be wrong', () => {
    const wrongKeys = new WrongKeys();
    for (let count = 0; count < 5; count += 1) waitOf(wrongKeys, 0);
    for (let count = 0; count < 9; count += 1) wrongKeys.slowdown('192.0.2.1', 0);
    const unchecked = [1, 2, 3].map(() => wrongKeys.slowdown('192.0.2.1', 0, 'unchecked'));
    expect(unchecked.map((slowdown) => slowdown !== undefined)).toEqual([true, true, false]);
    unchecked[0]?.end();
    expect(wrongKeys.slowdown('192.0.2.1', 0, 'unchecked')).toBeDefined();
  });

  it('are as if a key had not come that turned out to be right', () => {
    const wrongKeys = new WrongKeys();
    for (let count = 0; count < 20; count += 1) {
      expect(wrongKeys.slowdown('192.0.2.1', 0, 'unchecked')?.milliseconds).toBe(0);
      wrongKeys.forgiveOne('192.0.2.1');
    }
  });

  it('wait in bounded numbers in all', () => {
    const wrongKeys = new WrongKeys();
    const slowdowns = Array.from({ length: 20 }, (_, host) =>
      Array.from({ length: 13 }, () => wrongKeys.slowdown(`192.0.2.${host}`, 0)),
    ).flat();
    expect(slowdowns.filter((slowdown) => slowdown?.milliseconds)).toHaveLength(128);
  });

  it('are remembered for a bounded number of addresses, the one that was quiet for longest forgotten first', () => {
    const wrongKeys = new WrongKeys();
    for (let count = 0; count < 10; count += 1) {
      waitOf(wrongKeys, 0, '192.0.2.1');
      waitOf(wrongKeys, 0, '192.0.2.2');
    }
    for (let host = 0; host < 9_998; host += 1) waitOf(wrongKeys, 0, `10.0.${host >> 8}.${host & 255}`);
    expect(waitOf(wrongKeys, 0, '192.0.2.1')).toBe(5000);
    waitOf(wrongKeys, 0, '10.1.0.0');
    expect(waitOf(wrongKeys, 0, '192.0.2.1')).toBe(5000);
    expect(waitOf(wrongKeys, 0, '192.0.2.2')).toBe(0);
  });
});

describe('addressGroup', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3:4::', '1:2:3:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['', ''],
  ])('of %j is %j', (address, group) => expect(addressGroup(address)).toBe(group));
});
