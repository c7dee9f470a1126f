import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import { renderFirewall } from '../../../src/firewall/nftables.ts';
import { TwoMachines } from './two-machines.ts';

const everybody = { allowedNetworks: [], sshAllowedNetworks: [], challenges: false };
const awkward = {
  // Overlapping, with host bits, of both families, as an admin may write them.
  allowedNetworks: [
    '10.0.0.0/8',
    '10.1.2.3/24',
    '10.1.2.3',
    '2001:db8::/32',
    '2001:DB8::5',
    '0.0.0.0/0',
    '::/0',
  ],
  sshAllowedNetworks: ['2001:db8::7/64'],
  challenges: false,
};

test('the image ships the rules that hold when the context restricts nobody', async () => {
  const shipped = await readFile(join(checkout, 'appliance/base/etc/nftables.conf'), 'utf8');
  expect(shipped).toBe(renderFirewall(everybody));
});

test('the order in which networks are given does not change the text', () => {
  const reversed = { ...awkward, allowedNetworks: awkward.allowedNetworks.toReversed() };
  expect(renderFirewall(reversed)).toBe(renderFirewall(awkward));
});

test('nft understands networks that overlap, have host bits or are the whole world', async () => {
  await using machines = await TwoMachines.start();
  machines.load(renderFirewall(awkward));
  expect(machines.rules()).toContain('ip6 saddr @ssh6 tcp dport 22 accept');
});

describe('with real packets', () => {
  const { visitor, stranger } = TwoMachines.addresses;

  test('everybody reaches HTTPS, HTTP and SSH, nobody anything else', async () => {
    await using machines = await TwoMachines.start();
    machines.load(renderFirewall(everybody));
    const attempts = [visitor.ipv4, visitor.ipv6].flatMap((from) =>
      [443, 80, 22, 8080].map((port) => ({ from, port })),
    );
    expect(await machines.reached(attempts)).toEqual(attempts.filter(({ port }) => port !== 8080));
  });

  test('only the networks given reach HTTPS and SSH, each its own', async () => {
    await using machines = await TwoMachines.start();
    const settings = {
      allowedNetworks: [`${visitor.ipv4}/32`, `${visitor.ipv6}/128`],
      sshAllowedNetworks: [stranger.ipv4],
      challenges: false,
    };
    machines.load(renderFirewall(settings));
    const attempts = [visitor.ipv4, visitor.ipv6, stranger.ipv4, stranger.ipv6].flatMap((from) =>
      [443, 80, 22].map((port) => ({ from, port })),
    );
    expect(await machines.reached(attempts)).toEqual([
      { from: visitor.ipv4, port: 443 },
      { from: visitor.ipv4, port: 80 },
      { from: visitor.ipv6, port: 443 },
      { from: visitor.ipv6, port: 80 },
      { from: stranger.ipv4, port: 22 },
    ]);
  });

  test('where a CA looks at port 80, everybody reaches that, and HTTPS none but the networks given', async () => {
    await using machines = await TwoMachines.start();
    machines.load(renderFirewall({ ...everybody, allowedNetworks: [visitor.ipv4], challenges: true }));
    const attempts = [visitor.ipv4, stranger.ipv4, stranger.ipv6].flatMap((from) =>
      [443, 80].map((port) => ({ from, port })),
    );
    expect(await machines.reached(attempts)).toEqual([
      { from: visitor.ipv4, port: 443 },
      { from: visitor.ipv4, port: 80 },
      { from: stranger.ipv4, port: 80 },
      { from: stranger.ipv6, port: 80 },
    ]);
  });

  test('loading again replaces our rules and leaves those of others', async () => {
    await using machines = await TwoMachines.start();
    machines.load(
      'table inet theirs { chain input { type filter hook input priority 10; tcp dport 80 drop; }; }',
    );
    machines.load(renderFirewall({ ...everybody, allowedNetworks: [stranger.ipv4] }));
    machines.load(renderFirewall(everybody));
    const attempts = [443, 80].map((port) => ({ from: visitor.ipv4, port }));
    expect(await machines.reached(attempts)).toEqual([{ from: visitor.ipv4, port: 443 }]);
  });
});
