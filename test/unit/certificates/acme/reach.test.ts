import { describe, expect, test } from 'vitest';
import type { Answerer } from '../../../../src/certificates/acme/checks/probe.ts';
import { checkAddress, judgeReach, type Seen } from '../../../../src/certificates/acme/checks/reach.ts';

const letsEncrypt = { directory: 'https://acme-v02.api.letsencrypt.org/directory' };
const company = { directory: 'https://ca.corp.example/acme/directory' };
const identifier = { type: 'dns', value: 'copilot.example.net' } as const;

const ours = '93.184.216.34';
const another = '8.8.4.4';

const at = (address: string, http: Answerer, tls: Answerer): Seen => ({
  address,
  answerers: { 'http-01': http, 'tls-alpn-01': tls },
});

function judged(seen: readonly Seen[], own: readonly string[] = [ours], server = letsEncrypt) {
  const { check, verdicts } = judgeReach(identifier, seen, { ours: own, server });
  return [check.outcome, check.problem?.code, verdicts['http-01'], verdicts['tls-alpn-01']];
}

describe('at an address of the VM’s own', () => {
  test('it answers', () => {
    expect(judged([at(ours, 'us', 'us')])).toEqual(['ok', undefined, 'yes', 'yes']);
    expect(judged([at(ours, 'us', 'nobody')])).toEqual(['ok', undefined, 'yes', 'no']);
  });

  test.each(['nobody', 'unknown', 'another'] as const)(
    'port 80 is out of the question with %s there',
    (who) => {
      expect(judged([at(ours, who, 'us')])).toEqual(['note', 'ACME_PORT_80_SILENT', 'no', 'yes']);
    },
  );

  test('nothing is asked of the CA when neither port answers', () => {
    const expected = ['failed', 'ACME_NOBODY_ANSWERS', 'no', 'no'];
    expect(judged([at(ours, 'nobody', 'nobody')])).toEqual(expected);
    expect(judged([at(ours, 'another', 'unknown')])).toEqual(expected);
  });
});

describe('at another’s address', () => {
  test('it is certain when this VM answers there: a router passes it on', () => {
    expect(judged([at(another, 'us', 'us')], ['10.0.0.5'])).toEqual(['ok', undefined, 'yes', 'yes']);
    expect(judged([at(another, 'unknown', 'us')], ['10.0.0.5'])).toEqual(['ok', undefined, 'unknown', 'yes']);
  });

  test.each([
    ['nobody', 'nobody'],
    ['unknown', 'unknown'],
    ['another', 'another'],
  ] as const)('behind a router %s there says nothing', (http, tls) => {
    const found = judged([at(another, http, tls)], ['10.0.0.5', 'fd00::5']);
    expect(found).toEqual(['note', 'ACME_NAME_NOT_OURS', 'unknown', 'unknown']);
  });

  test('somebody else on both ports is certain for a VM that is behind no router', () => {
    const found = judged([at(another, 'another', 'another')]);
    expect(found).toEqual(['failed', 'ACME_NAME_ELSEWHERE', 'no', 'no']);
  });

  test('somebody else on one port leaves the other', () => {
    const found = judged([at(another, 'another', 'unknown')]);
    expect(found).toEqual(['note', 'ACME_NAME_NOT_OURS', 'no', 'unknown']);
  });

  test('a public address of the other family tells nothing about this one', () => {
    const found = judged([at(another, 'another', 'another')], ['10.0.0.5', '2606:2800:220:1::1']);
    expect(found).toEqual(['note', 'ACME_NAME_NOT_OURS', 'unknown', 'unknown']);
  });
});

describe('at several addresses', () => {
  test('nothing is certain where they differ, since the CA chooses', () => {
    const found = judged([at(ours, 'us', 'us'), at('2606:2800:220:1::9', 'unknown', 'unknown')]);
    expect(found).toEqual(['note', 'ACME_NAME_NOT_OURS', 'unknown', 'unknown']);
  });

  test('it answers at all of them', () => {
    const found = judged([at(ours, 'us', 'us'), at(another, 'us', 'us')]);
    expect(found).toEqual(['ok', undefined, 'yes', 'yes']);
  });
});

describe('inside a network', () => {
  test('a name may lead elsewhere than outside: that is said to those who ask a public CA', () => {
    const seen = [at('10.0.0.9', 'another', 'another')];
    expect(judged(seen)).toEqual(['note', 'ACME_NAME_INSIDE', 'unknown', 'unknown']);
    expect(judged(seen, [ours], company)).toEqual(['note', 'ACME_NAME_NOT_OURS', 'unknown', 'unknown']);
  });

  test('addresses are certified by the network’s own CAs alone', () => {
    for (const address of ['10.0.0.5', '100.64.1.1', '169.254.1.1', 'fd00::5', 'fe80::1', '127.0.0.1']) {
      expect(checkAddress(address, letsEncrypt)?.problem?.code, address).toBe('ACME_ADDRESS_NOT_PUBLIC');
      expect(checkAddress(address, company), address).toBeUndefined();
    }
    expect(checkAddress(ours, letsEncrypt)).toBeUndefined();
    expect(checkAddress('10.0.0.5', { directory: 'https://notletsencrypt.org/' })).toBeUndefined();
  });
});
