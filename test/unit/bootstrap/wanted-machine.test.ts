import { describe, expect, test } from 'vitest';
import { wantedMachine } from '../../../src/bootstrap/wanted-machine.ts';
import type { Context } from '../../../src/context/read.ts';
import { pathsUnder, units } from '../../../src/machine/paths.ts';

const rightly = {
  ETH0_MAC: '02:00:0a:00:00:05',
  ETH0_IP: '10.0.0.5',
  ETH0_GATEWAY: '10.0.0.1',
};
const ownFiles = ['50-onepilot-eth0.network', '50-onepilot-eth1.network'];

/** What a context of these values asks for on a machine that has these files in /etc/systemd/network. */
function wanted(
  values: Readonly<Record<string, string>>,
  networkFiles: readonly string[],
  { firewall, ...rest }: Partial<Context> & { readonly firewall?: string } = {},
) {
  const context: Context = {
    source: 'context disk',
    values: new Map(Object.entries(values)),
    complete: true,
    foreign: false,
    token: undefined,
    warnings: [],
    ...rest,
  };
  const facts = { hosts: '127.0.0.1 localhost\n', networkFiles };
  const { desired, errors } = wantedMachine(context, facts, firewall, pathsUnder('/'));
  const isNetwork = ({ path }: { readonly path: string }) => path.endsWith('.network');
  return {
    desired,
    errors: errors.map(({ variable }) => variable),
    written: desired.files.filter(isNetwork).map(({ content }) => content),
    removed: desired.absent.map(({ path }) => path),
  };
}

describe('the network', () => {
  test('follows a context that is right, and what it no longer names goes', () => {
    const { written, removed, errors } = wanted(rightly, ownFiles);
    expect(written).toEqual([expect.stringContaining('Address=10.0.0.5/24')]);
    expect(removed).toEqual(['/etc/systemd/network/50-onepilot-eth1.network']);
    expect(errors).toEqual([]);
  });

  const wrong = [
    { ETH0_IP: '10.0.0.500' },
    { ETH0_GATEWAY: 'router' },
    { ETH0_MAC: '02:00:zz' },
    { DNS: 'nowhere?' },
  ] as const;

  test.each(wrong)('stays as it is when the context has %j', (value) => {
    const { written, removed, errors } = wanted({ ...rightly, ...value }, ownFiles);
    expect(written).toEqual([]);
    expect(removed).toEqual([]);
    expect(errors).toEqual(Object.keys(value));
  });

  test('is DHCP for a wrong address on a machine that has none yet', () => {
    const { written, errors } = wanted({ ...rightly, ETH0_IP: '10.0.0.500' }, ['90-default.network']);
    expect(written).toEqual([expect.stringContaining('DHCP=ipv4')]);
    expect(errors).toEqual(['ETH0_IP']);
  });
});

test.each([
  ['the context names', { firewall: 'table inet onepilot {}\n' }],
  ['are there, when the context cannot be trusted', { complete: false }],
  ['are there or named, when another applies the network', { foreign: true }],
])('the firewall runs with the rules that %s', (_which, context) => {
  const { desired } = wanted(rightly, [], context);
  expect(desired.running).toEqual([units.firewall]);
});
