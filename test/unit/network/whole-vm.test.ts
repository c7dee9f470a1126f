import { describe, expect, test } from 'vitest';
import { renderNetworkFiles } from '../../../src/network/networkd.ts';
import { mac, parse } from './one-nic.ts';

describe('what is said for the whole VM', () => {
  const two = { ETH0_IP: '10.0.0.5', ETH1_MAC: '02:00:00:00:00:01', ETH1_IP: '10.1.0.5' };
  const files = (values: Readonly<Record<string, string>>) =>
    renderNetworkFiles(parse({ ...two, ...values }).interfaces).map(({ content }) => content);

  test('DNS and SEARCH_DOMAIN go to every interface, after its own', () => {
    const values = {
      DNS: '192.0.2.53 10.0.0.1',
      SEARCH_DOMAIN: 'example.org',
      ETH0_DNS: '10.0.0.1',
      ETH1_SEARCH_DOMAIN: 'lab.example.org',
    };
    const [first, second] = files(values);
    expect(first).toContain('DNS=10.0.0.1\nDNS=192.0.2.53\nDomains=example.org\n');
    expect(second).toContain('DNS=192.0.2.53\nDNS=10.0.0.1\nDomains=lab.example.org example.org\n');
  });

  test('a wrong one is reported once, however many interfaces there are', () => {
    const { problems } = parse({ ...two, DNS: 'dns.example.org' });
    expect(problems.map(({ variable }) => variable)).toEqual(['DNS']);
  });
});

describe('OneGate at a link-local address', () => {
  const ONEGATE_ENDPOINT = 'http://169.254.16.9:5030';
  const routed = (values: Readonly<Record<string, string>>) =>
    renderNetworkFiles(parse(values).interfaces).map(({ content }) =>
      content.includes('[Route]\nDestination=169.254.16.9/32\nScope=link\n'),
    );

  test('is on the link of the first interface that is ours', () => {
    const values = {
      ETH0_METHOD: 'skip',
      ETH1_MAC: mac,
      ETH1_IP: '10.0.0.5',
      ETH2_MAC: mac,
      ETH2_IP: '10.0.0.6',
    };
    expect(routed({ ...values, ONEGATE_ENDPOINT })).toEqual([false, true, false]);
  });

  test.each(['http://192.0.2.1:5030', 'http://onegate.example.org', '169.254.16.9', ''])(
    'and «%s» needs no such route',
    (endpoint) => expect(routed({ ETH0_IP: '10.0.0.5', ONEGATE_ENDPOINT: endpoint })).toEqual([false]),
  );
});
