import { describe, expect, test } from 'vitest';
import { parseOne } from './support.ts';

describe('a domain', () => {
  test('is lower-cased', () => {
    expect(parseOne('tlsDomain', 'Copilot.Example.ORG')).toMatchObject({
      value: 'copilot.example.org',
      problems: [],
      warnings: [],
    });
  });

  test.each([
    ['*.example.org', /wildcard/],
    ['-a.example.org', /letters, digits and inner hyphens/],
    ['a_b.example.org', /letters, digits and inner hyphens/],
    ['a..example.org', /letters, digits and inner hyphens/],
    [`${'a'.repeat(64)}.example.org`, /letters, digits and inner hyphens/],
    [`${'a.'.repeat(126)}bc`, /253/],
    ['example.123', /letters, digits and inner hyphens/],
    ['https://copilot.example.org', /letters, digits and inner hyphens/],
  ])('%s is refused with the reason', (text, reason) => {
    const { value, problems } = parseOne('tlsDomain', text);
    expect(value).toBeUndefined();
    expect(problems[0]).toMatch(reason);
  });

  test.each([
    ['10.0.0.7', /«10\.0\.0\.7» and is ignored: addresses need not be named/],
    ['2001:db8::7', /addresses need not be named/],
    ['[2001:db8::7]', /addresses need not be named/],
    ['Copilot', /«Copilot» and is ignored: it has no dot/],
  ])('%s, as an old template may have it, is ignored with a warning', (text, reason) => {
    const { value, problems, warnings, remarks } = parseOne('tlsDomain', text);
    expect({ value, problems, warnings }).toEqual({
      value: undefined,
      problems: [],
      warnings: ['CONTEXT_DOMAIN_IGNORED'],
    });
    expect(remarks[0]).toMatch(reason);
  });
});

describe('networks', () => {
  test('are read in their canonical form, each once', () => {
    const text =
      '10.0.0.0/8, 192.168.7.9\n2001:DB8:0:0::/32,, ::1 0.0.0.0/0 ::/0 10.0.0.0/8 ::ffff:192.0.2.128/121';
    expect(parseOne('allowedNetworks', text)).toMatchObject({
      problems: [],
      value: [
        '10.0.0.0/8',
        '192.168.7.9/32',
        '2001:db8::/32',
        '::1/128',
        '0.0.0.0/0',
        '::/0',
        '::ffff:192.0.2.128/121',
      ],
    });
  });

  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['192.168.7.130/25', '192.168.7.128/25'],
    ['2001:db8:1:2::5/48', '2001:db8:1::/48'],
    ['fe80::1:2/127', 'fe80::1:2/127'],
    ['fe80::1:3/127', 'fe80::1:2/127'],
    ['1.2.3.4/0', '0.0.0.0/0'],
  ])('%s means the network %s', (text, network) => {
    const { value, problems } = parseOne('sshAllowedNetworks', text);
    if (text === network) expect(value).toEqual([network]);
    else
      expect(problems).toEqual([
        expect.stringContaining(`«${text}», which is an address inside the network ${network}.`),
      ]);
  });

  test.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/255.0.0.0',
    '::/129',
    'fe80::1%eth0',
    'host',
    '010.0.0.1',
    '/8',
    '10.0.0.0/08',
  ])('%s is none', (text) => expect(parseOne('allowedNetworks', text).problems[0]).toContain(`«${text}»`));

  test.each([',', ' , ,, '])('a list of commas alone (%j) does not mean everybody', (text) => {
    const { problems } = parseOne('allowedNetworks', text);
    expect(problems).toEqual([expect.stringContaining('is neither a network nor an address')]);
  });

  test('that are wrong are all named', () => {
    expect(parseOne('allowedNetworks', '10.0.0.0/8 a, b 10.0.0.1/8').problems).toHaveLength(3);
  });
});

describe('other VMs', () => {
  test('are read as EuroCopilot wrote them', () => {
    const { value, warnings } = parseOne(
      'lbBackends',
      'key-1@10.0.0.7:8443, k@y@Two.example:443,k@[2001:db8::7]:1',
    );
    expect(value.map(({ key, host, port }) => [key.reveal(), host, port])).toEqual([
      ['key-1', '10.0.0.7', 8443],
      ['k@y', 'two.example', 443],
      ['k', '2001:db8::7', 1],
    ]);
    expect(warnings).toEqual(['CONTEXT_NOT_YET']);
  });

  test.each([
    'k@10.0.0.7',
    '10.0.0.7:443',
    '@h:1',
    'k@h:0',
    'k@h:65536',
    'k@https://h:1',
    'k@2001:db8::7:1',
    'k@h:1,,',
  ])('%s is ignored with a warning, in which only the number of the entry is told', (text) => {
    const { value, problems, warnings, remarks } = parseOne('lbBackends', text);
    expect({ value, problems }).toEqual({ value: [], problems: [] });
    expect(remarks[0]).toMatch(/^Entry \d of ONEAPP_COPILOT_LB_BACKENDS is not/);
    expect(warnings.at(-1)).toBe('CONTEXT_NOT_YET');
  });

  test('that are not to be used are no warning', () => {
    expect(parseOne('lbEnabled', 'NO').warnings).toEqual([]);
    expect(parseOne('lbEnabled', 'YES').warnings).toEqual(['CONTEXT_NOT_YET']);
  });

  test.each(['balancer:8443', 'ftp://balancer', 'https:balancer', 'https://', 'https://u:pass-word@:1'])(
    'the address %s is ignored with a warning, in which no password is told',
    (text) => {
      const { value, problems, remarks } = parseOne('registerUrl', text);
      expect({ value, problems }).toEqual({ value: undefined, problems: [] });
      expect(remarks[0]).toContain('must be a URL');
      expect(remarks[0]).not.toContain('pass-word');
    },
  );

  test('a site name has one line', () => {
    expect(parseOne('registerSiteName', 'poland\n0')).toMatchObject({
      value: undefined,
      warnings: ['CONTEXT_BAD_VALUE', 'CONTEXT_NOT_YET'],
    });
  });
});
