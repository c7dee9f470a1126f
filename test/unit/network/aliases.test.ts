import { describe, expect, test } from 'vitest';
import { parse, rendered } from './one-nic.ts';

describe('aliases of a NIC', () => {
  const nic = { ETH0_IP: '10.0.0.5', ETH0_ALIAS0_IP: '10.0.0.6' };
  const addresses = (values: Readonly<Record<string, string>>) =>
    rendered({ ...nic, ...values }).filter((line) => line.startsWith('Address='));

  test('are further addresses of it, in the order of their numbers', () => {
    const values = {
      ETH0_ALIAS10_IP: '192.0.2.9',
      ETH0_ALIAS10_MASK: '255.255.255.240',
      ETH0_ALIAS2_IP6: '2001:db8::9',
      ETH0_ALIAS2_IP6_PREFIX_LENGTH: '48',
      ETH10_ALIAS0_IP: '192.0.2.10',
    };
    expect(addresses(values)).toEqual([
      'Address=10.0.0.5/24',
      'Address=10.0.0.6/24',
      'Address=2001:db8::9/48',
      'Address=192.0.2.9/28',
    ]);
  });

  test('come on top of DHCP', () => {
    expect(rendered({ ...nic, ETH0_METHOD: 'dhcp' })).toEqual(
      expect.arrayContaining(['DHCP=ipv4', 'Address=10.0.0.6/24']),
    );
  });

  test.each([
    [{ ETH0_ALIAS0_EXTERNAL: 'YES' }],
    [{ ETH0_ALIAS0_DETACH: 'YES' }],
    [{ ETH0_ALIAS0_IP: '' }],
    [{ ETH0_ALIAS0_IP: '', ETH0_ALIAS0_IP6: '2001:db8::9', ETH0_IP6_METHOD: 'disable' }],
  ])('are not configured with %j', (values) =>
    expect(addresses({ ...values })).toEqual(['Address=10.0.0.5/24']),
  );

  test('that are wrong are reported and left out', () => {
    const values = {
      ...nic,
      ETH0_ALIAS0_IP: '10.0.0.666',
      ETH0_ALIAS1_IP: '10.0.0.7',
      ETH0_ALIAS1_MASK: 'x',
    };
    expect(parse(values).problems.map(({ variable }) => variable)).toEqual([
      'ETH0_ALIAS0_IP',
      'ETH0_ALIAS1_MASK',
    ]);
    expect(addresses(values)).toEqual(['Address=10.0.0.5/24', 'Address=10.0.0.7/24']);
  });
});
