import { describe, expect, test } from 'vitest';
import { parseInterfaces } from '../../../src/network/interfaces.ts';
import { renderNetworkFiles } from '../../../src/network/networkd.ts';
import { parse, rendered } from './one-nic.ts';

const match = ['[Match]', 'MACAddress=02:00:0a:00:00:05'];

describe('files for systemd-networkd', () => {
  test('a static address with everything', () => {
    const values = {
      ETH0_IP: '10.0.0.5',
      ETH0_MASK: '255.255.255.0',
      ETH0_GATEWAY: '10.0.0.1',
      ETH0_DNS: '10.0.0.1 10.0.0.2',
      ETH0_SEARCH_DOMAIN: 'example.org lab.example.org',
      ETH0_MTU: '1450',
      ETH0_METRIC: '50',
      ETH0_ROUTES: '10.8.0.0/16 via 10.0.0.254, 192.0.2.7 via 10.0.0.253',
    };
    expect(rendered(values)).toEqual([
      ...match,
      '[Link]',
      'MTUBytes=1450',
      '[Network]',
      'DHCP=no',
      'Address=10.0.0.5/24',
      'DNS=10.0.0.1',
      'DNS=10.0.0.2',
      'Domains=example.org lab.example.org',
      '[Route]',
      'Gateway=10.0.0.1',
      'Metric=50',
      '[Route]',
      'Destination=10.8.0.0/16',
      'Gateway=10.0.0.254',
      '[Route]',
      'Destination=192.0.2.7',
      'Gateway=10.0.0.253',
    ]);
  });

  test('a gateway outside of the network is reached directly', () => {
    const values = { ETH0_IP: '203.0.113.9', ETH0_MASK: '255.255.255.255', ETH0_GATEWAY: '192.0.2.1' };
    expect(rendered(values)).toContain('GatewayOnLink=yes');
  });

  test('both families, static', () => {
    const lines = rendered({
      ETH0_IP: '10.0.0.5',
      ETH0_IP6: '2001:db8::5',
      ETH0_IP6_PREFIX_LENGTH: '56',
      ETH0_IP6_GATEWAY: '2001:db8::1',
    });
    expect(lines).toContain('Address=10.0.0.5/24');
    expect(lines).toContain('Address=2001:db8::5/56');
    expect(lines).toContain('Gateway=2001:db8::1');
    expect(lines).toContain('IPv6AcceptRA=no');
  });

  test('DHCP with a metric', () => {
    expect(rendered({ ETH0_METHOD: 'dhcp', ETH0_IP: '', ETH0_METRIC: '7' })).toEqual([
      ...match,
      '[Network]',
      'DHCP=ipv4',
      '[DHCPv4]',
      'ClientIdentifier=mac',
      'RouteMetric=7',
    ]);
  });

  test.each([
    [{ ETH0_IP6_METHOD: 'dhcp' }, ['DHCP=ipv6', 'IPv6AcceptRA=yes']],
    [{ ETH0_METHOD: 'dhcp', ETH0_IP6_METHOD: 'dhcp' }, ['DHCP=yes', 'IPv6AcceptRA=yes']],
    [{ ETH0_IP6_METHOD: 'auto' }, ['DHCP=no', 'IPv6AcceptRA=yes', 'DHCPv6Client=no']],
    [{ ETH0_IP: '10.0.0.5', ETH0_IP6_METHOD: 'disable' }, ['LinkLocalAddressing=no', 'IPv6AcceptRA=no']],
    [{ ETH0_IP: '' }, ['DHCP=ipv4']],
  ])('%j', (values, lines) => {
    expect(rendered({ ...values })).toEqual(expect.arrayContaining(lines));
  });

  test('an interface that somebody else configures is left alone', () => {
    expect(rendered({ ETH0_METHOD: 'skip', ETH0_IP: '10.0.0.5' })).toEqual([
      ...match,
      '[Link]',
      'Unmanaged=yes',
    ]);
  });

  test('METHOD=skip with an IPv6 method leaves only IPv4 to somebody else', () => {
    const lines = rendered({ ETH0_METHOD: 'skip', ETH0_IP: '10.0.0.5', ETH0_IP6_METHOD: 'auto' });
    expect(lines).toContain('DHCP=no');
    expect(lines).toContain('IPv6AcceptRA=yes');
    expect(lines.join()).not.toContain('10.0.0.5');
  });

  test('the unique local address stands beside the global one', () => {
    const lines = rendered({
      ETH0_IP6: '2001:db8::5',
      ETH0_IP6_PREFIX_LENGTH: '56',
      ETH0_IP6_ULA: 'fd00::5',
    });
    expect(lines).toEqual(
      expect.arrayContaining(['DHCP=no', 'Address=2001:db8::5/56', 'Address=fd00::5/64']),
    );
  });

  test('IPv6 gets the metric of IPv4 unless it has its own', () => {
    const values = { ETH0_IP6: '2001:db8::5', ETH0_IP6_GATEWAY: '2001:db8::1', ETH0_METRIC: '50' };
    expect(rendered(values)).toContain('Metric=50');
    expect(rendered({ ...values, ETH0_IP6_METRIC: '60' })).toContain('Metric=60');
  });

  test('one file for each NIC, named by its number, in numeric order', () => {
    const { interfaces } = parse({ ETH10_MAC: '02:00:00:00:00:10', ETH2_MAC: '02:00:00:00:00:02' });
    expect(renderNetworkFiles(interfaces).map(({ name }) => name)).toEqual([
      '50-onepilot-eth0.network',
      '50-onepilot-eth2.network',
      '50-onepilot-eth10.network',
    ]);
  });

  test('no context, no file: the image has its own default', () => {
    expect(parseInterfaces(new Map()).interfaces).toEqual([]);
  });
});

test('everything wrong is reported at once and nothing of it reaches a file', () => {
  const values = {
    ETH0_IP: '10.0.0.500',
    ETH0_MASK: '255.0.255.0',
    ETH0_GATEWAY: 'router',
    ETH0_DNS: '10.0.0.1 dns.example.org\n[Network]',
    ETH0_SEARCH_DOMAIN: 'ok.org -bad',
    ETH0_MTU: '9',
    ETH0_METHOD: 'magic',
    ETH0_ROUTES: '10.0.0.0/33 via 10.0.0.1, nonsense',
    ETH0_IP6: 'fe80::%eth0::',
    ETH0_IP6_ULA: 'fd00::g',
  };
  const { problems } = parse(values);
  expect([...new Set(problems.map(({ variable }) => variable))].sort()).toEqual(Object.keys(values).sort());
  expect(rendered(values)).toEqual([
    ...match,
    '[Network]',
    'DHCP=ipv4',
    'DNS=10.0.0.1',
    'Domains=ok.org',
    '[DHCPv4]',
    'ClientIdentifier=mac',
  ]);
});

test('a wrong value is quoted so that nothing of it can command a terminal', () => {
  const hostile = '\u001b]0;owned\u0007';
  const { problems } = parse({
    ETH0_IP: hostile,
    ETH0_METHOD: hostile,
    ETH0_MTU: hostile,
    ETH0_ROUTES: hostile,
    ETH0_DNS: hostile,
  });
  expect(problems).toHaveLength(5);
  for (const { what } of problems) expect(what).toContain('«\\u{1b}]0;owned\\u{7}»');
});

test('a wrong MAC leaves the interface out', () => {
  const { interfaces, problems } = parse({ ETH0_MAC: '02:00:zz' });
  expect(interfaces).toEqual([]);
  expect(problems).toHaveLength(1);
});
