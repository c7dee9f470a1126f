import { expect, test } from 'vitest';
import { hostsWith, parseHostname, parseSshKeys } from '../../../src/machine/identity.ts';
import { reachableAddresses } from '../../../src/machine/observe.ts';
import { sshKey } from '../bootstrap/temporary-world.ts';

const hostname = (name: string) => parseHostname(new Map([['SET_HOSTNAME', name]]));
const keys = (text: string) => parseSshKeys(new Map([['SSH_PUBLIC_KEY', text]]));

test.each([
  ['pilot', 'pilot', 0],
  ['Pilot.example.org', 'Pilot.example.org', 0],
  ['OnePilot 0.1_(copy)', 'OnePilot-0.1-copy', 1],
  ['-x-..y-', 'x.y', 1],
  ['é', 'onepilot', 1],
  ['a'.repeat(80), 'a'.repeat(63), 1],
])('the VM name %s becomes the host name %s', (name, expected, warnings) => {
  const found = hostname(name);
  expect(found.hostname).toBe(expected);
  expect(found.hostname).toMatch(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/);
  expect(found.warnings).toHaveLength(warnings);
});

test('no host name given, none set', () => expect(parseHostname(new Map()).hostname).toBeUndefined());

test('/etc/hosts keeps every other line', () => {
  const hosts = '127.0.0.1 localhost\n127.0.1.1 old\n::1 localhost\n10.0.0.9 mine\n';
  expect(hostsWith(hosts, 'pilot.example.org')).toBe(
    '127.0.0.1 localhost\n127.0.1.1 pilot.example.org pilot\n::1 localhost\n10.0.0.9 mine\n',
  );
  expect(hostsWith('127.0.0.1 localhost\n', 'pilot')).toBe('127.0.0.1 localhost\n127.0.1.1 pilot\n');
});

test('keys are kept line by line, and what is none is told without being shown', () => {
  const { content, warnings } = keys(`${sshKey}\n\n# note\nssh-rsa\nfrom="10.0.0.0/8" ${sshKey}\r\nPRIVATE`);
  expect(content).toBe(`${sshKey}\nfrom="10.0.0.0/8" ${sshKey}\n`);
  expect(warnings.map(({ what }) => /Line \d+/.exec(what)?.[0])).toEqual(['Line 4', 'Line 6']);
  expect(JSON.stringify(warnings)).not.toContain('PRIVATE');
});

test('no good key leaves the keys on the machine alone', () => {
  expect(keys('nonsense').content).toBeUndefined();
  expect(parseSshKeys(new Map()).content).toBeUndefined();
});

test('loopback and link-local addresses are not reachable ones', () => {
  const address = (text: string, family: 'IPv4' | 'IPv6', internal = false) =>
    family === 'IPv4'
      ? { address: text, family, internal, netmask: '', mac: '', cidr: null }
      : { address: text, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 };
  const found = reachableAddresses({
    eth10: [address('10.0.10.1', 'IPv4')],
    eth2: [address('2001:db8::5', 'IPv6'), address('fe80::1', 'IPv6'), address('10.0.0.5', 'IPv4')],
    lo: [address('127.0.0.1', 'IPv4', true)],
  });
  expect(found).toEqual(['10.0.0.5', '2001:db8::5', '10.0.10.1']);
});
