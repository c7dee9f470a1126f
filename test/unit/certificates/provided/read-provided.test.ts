import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import { connect, createSecureContext } from 'node:tls';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { joinIdentity, splitIdentity } from '../../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../../src/certificates/own-ca/issue.ts';
import { readProvided } from '../../../../src/certificates/provided/read-provided.ts';
import { authority, openssl } from './openssl.ts';

const { make, run, close } = openssl();
afterAll(close);

const root = make('Company Root', authority);
const upper = make('Company Upper', { ...authority, by: root });
const lower = make('Company Lower', { ...authority, by: upper });
const server = make('copilot.company.example', { by: lower });
const domain = 'copilot.company.example';

/** Later than whatever is made here. */
const now = new Date(Date.now() + 60 * 60 * 1000);
const daysLater = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1000);

interface Case {
  readonly at?: Date;
  readonly domain?: string;
  readonly roots?: readonly string[];
}

/** What is made of these texts, messages as their codes. */
function read(certificate: string, key: string, options: Case = {}) {
  const { at = now, roots = [root.certificate] } = options;
  const provided = readProvided(
    { text: certificate, place: 'CERTIFICATE' },
    { text: key, place: 'KEY' },
    { now: at, domain: options.domain, roots: () => roots },
  );
  if ('problems' in provided) {
    return { problems: provided.problems.map(({ code }) => code), texts: provided.problems.map(String) };
  }
  const { identity, warnings } = provided;
  return {
    identity,
    chain: subjects(identity.certificate),
    warnings: warnings.map(({ code }) => code),
    texts: warnings.map(String),
  };
}

function subjects(chain: string): string[] {
  const blocks = chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g) ?? [];
  return blocks.map((pem) => new X509Certificate(pem).subject.slice(3));
}

const whole = [domain, 'Company Lower', 'Company Upper'];

describe('a chain', () => {
  const texts = [server, lower, upper, root].map(({ certificate }) => certificate);
  const [first = '', second = '', third = '', fourth = ''] = texts;

  test.each([
    ['as it should be', [first, second, third]],
    ['with its root', [first, second, third, fourth]],
    ['root first', [fourth, third, second, first]],
    ['in disorder', [second, fourth, first, third]],
    ['with one of them twice', [first, second, third, second]],
    ['with the key in the same file', [server.key, first, second, third]],
    ['with text around', [`Bag Attributes\n  friendlyName: Köln\n${first}`, `# ${second}`, third]],
    ['with line ends of Windows', [[first, second, third].join('').replaceAll('\n', '\r\n')]],
    ['in one line', [[first, second, third].join('').replaceAll('\n', ' ')]],
    ['with line ends that were written out', [[first, second, third].join('').replaceAll('\n', '\\n')]],
  ])('%s is served leaf first and without its root', (_, parts) => {
    expect(read(parts.join(''), server.key)).toMatchObject({ chain: whole, warnings: [] });
  });

  test('is what a client that knows the root alone accepts', async () => {
    const { identity } = read([third, first, second].join(''), server.key);
    const https = createServer({ cert: identity?.certificate, key: identity?.key });
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    const address = https.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const socket = connect({ port, host: '127.0.0.1', servername: domain, ca: root.certificate });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    expect(socket.authorized).toBe(true);
    socket.destroy();
    await new Promise((resolve) => https.close(resolve));
  });

  test('goes through one file and back', () => {
    const { identity } = read(texts.join(''), server.key);
    expect(identity && splitIdentity(joinIdentity(identity))).toEqual(identity);
  });

  test.each([
    ['the lowest', [first, third], [domain], true],
    ['one in the middle', [first, second], [domain, 'Company Lower'], false],
  ])('that lacks %s intermediate is served with a warning', (_, parts, chain, isOthersLeft) => {
    const { warnings, ...found } = read(parts.join(''), server.key);
    expect(found).toMatchObject({ chain });
    expect(warnings).toEqual([
      ...(isOthersLeft ? ['CERTIFICATE_UNRELATED'] : []),
      'CERTIFICATE_MISSING_INTERMEDIATE',
    ]);
  });

  test('names whose certificate is missing, and who it signed', () => {
    const { texts: said } = read(first + second, server.key);
    expect(said?.[0]).toMatch(
      /certificate of Company Upper, which signed the one of Company Lower, is not there/,
    );
  });

  test('whose signer the system trusts lacks nothing', () => {
    expect(read(first, server.key, { roots: [root.certificate, lower.certificate] })).toMatchObject({
      warnings: [],
    });
  });

  test.each([
    ['that names the key of its CA', []],
    // Then the names fit, and only the signature does not.
    ['that does not', ['authorityKeyIdentifier=none']],
  ])('%s is not fooled by a CA of the same name', (_, more) => {
    const extensions = [`subjectAltName=DNS:${domain}`, ...more];
    const { certificate, key } = make(domain, { by: lower, extensions });
    const namesake = make('Company Lower', { ...authority, by: upper });
    expect(read(certificate + namesake.certificate, key)).toMatchObject({
      chain: [domain],
      warnings: ['CERTIFICATE_UNRELATED', 'CERTIFICATE_MISSING_INTERMEDIATE'],
    });
  });

  test('that two CAs continue follows the order given, and is refused when that says nothing', () => {
    const other = make('Other Root', authority);
    const crossed = make('Company Lower', { ...authority, by: other, keyOf: lower });
    expect(
      read([first, crossed.certificate, second, third].join(''), server.key, { roots: [other.certificate] }),
    ).toMatchObject({
      chain: [domain, 'Company Lower'],
    });
    expect(read([second, crossed.certificate, first, third].join(''), server.key).problems).toEqual([
      'CERTIFICATE_CHAIN_UNCLEAR',
    ]);
  });

  test('of the own CA of another VM is as good as any', async () => {
    const ca = await makeAuthority('other', now);
    const leaf = await makeLeaf(ca, { names: ['other'], addresses: ['192.0.2.7'] }, now);
    expect(read(leaf.certificate, leaf.key)).toMatchObject({ chain: ['other'], warnings: [] });
  });
});

describe('a key', () => {
  const rsaServer = make(domain, {
    by: root,
    key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  });

  test.each([
    ['PKCS#8', () => [server, server.key] as const],
    ['SEC 1', () => [server, run(['ec'], server.key).toString()] as const],
    [
      'SEC 1 with its parameters',
      () => [server, `${run(['ecparam', '-name', 'prime256v1'])}${run(['ec'], server.key)}`] as const,
    ],
    ['PKCS#1', () => [rsaServer, run(['rsa', '-traditional'], rsaServer.key).toString()] as const],
  ])('in %s is taken, and served in PKCS#8', (_, make) => {
    const [{ certificate }, key] = make();
    const { identity } = read(certificate + lower.certificate + upper.certificate, key);
    expect(identity?.key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(() => createSecureContext({ cert: identity?.certificate, key: identity?.key })).not.toThrow();
  });

  test.each([
    ['in PKCS#8', ['pkcs8', '-topk8', '-passout', 'pass:horse']],
    ['as OpenSSL did before', ['ec', '-aes256', '-passout', 'pass:horse']],
  ])('that is encrypted (%s) is named as that', (_, args) => {
    expect(read(server.certificate, run(args, server.key).toString()).problems).toEqual([
      'CERTIFICATE_KEY_ENCRYPTED',
    ]);
  });

  test('of somebody else is named with the certificate that it is not for', () => {
    const { problems, texts } = read(server.certificate, make('stranger').key);
    expect(problems).toEqual(['CERTIFICATE_KEY_MISMATCH']);
    expect(texts[0]).toContain(domain);
  });

  test("of the CA is named as the CA's", () => {
    const { problems, texts } = read(server.certificate + lower.certificate, lower.key);
    expect(problems).toEqual(['CERTIFICATE_KEY_OF_ANOTHER']);
    expect(texts[0]).toContain('but of that of Company Lower');
  });

  test.each([
    ['missing', () => server.certificate, 'CERTIFICATE_KEY_MISSING'],
    ['one of two', () => server.key + lower.key, 'CERTIFICATE_KEYS_SEVERAL'],
    ['damaged', () => server.key.replace(/\n.{8}/, '\nAAAAAAAA'), 'CERTIFICATE_KEY_UNREADABLE'],
    ['cut off', () => server.key.slice(0, 100), 'CERTIFICATE_PEM_DAMAGED'],
    ['in DER', () => run(['pkey', '-outform', 'DER'], server.key).toString('latin1'), 'CERTIFICATE_DER'],
    [
      'a short one in DER',
      () => run(['genpkey', '-algorithm', 'ed25519', '-outform', 'DER']).toString('latin1'),
      'CERTIFICATE_DER',
    ],
    ['no PEM at all', () => 'correct horse', 'CERTIFICATE_NO_PEM'],
    ['empty', () => '', 'CERTIFICATE_NO_PEM'],
  ])('that is %s is named as that', (_, key, code) => {
    expect(read(server.certificate, key())).toMatchObject({ problems: [code] });
  });

  test('is in no message', () => {
    const secret = server.key.split('\n')[1] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    for (const key of [server.key.slice(0, 100), `${server.key}${server.key}`, secret, `x${secret}`]) {
      expect(read(server.certificate, key).texts.join()).not.toContain(secret.slice(0, 12));
    }
  });
});

describe('a certificate', () => {
  const p12 = (args: readonly string[]) =>
    run([
      'pkcs12',
      '-export',
      '-in',
      server.files[0],
      '-inkey',
      server.files[1],
      '-passout',
      'pass:x',
      ...args,
    ]);

  test.each([
    [
      'in DER',
      () => run(['x509', '-outform', 'DER'], server.certificate).toString('latin1'),
      'CERTIFICATE_DER',
    ],
    ['in PKCS#12', () => p12([]).toString('latin1'), 'CERTIFICATE_PKCS12'],
    ['in a small PKCS#12', () => p12(['-nokeys']).toString('latin1'), 'CERTIFICATE_PKCS12'],
    [
      'in PKCS#7',
      () => run(['crl2pkcs7', '-nocrl', '-certfile', server.files[0]]).toString(),
      'CERTIFICATE_PKCS7',
    ],
    [
      'only a request',
      () => run(['req', '-new', '-key', server.files[1], '-subj', '/CN=x']).toString(),
      'CERTIFICATE_NONE',
    ],
    ['only its key', () => server.key, 'CERTIFICATE_NONE'],
    [
      'damaged',
      () => lower.certificate + server.certificate.replace(/\n.{8}/, '\nAAAAAAAA'),
      'CERTIFICATE_UNREADABLE',
    ],
    ['cut off', () => server.certificate.slice(0, 200), 'CERTIFICATE_PEM_DAMAGED'],
    ['some other text', () => '0x30', 'CERTIFICATE_NO_PEM'],
  ])('that is %s is named as that', (_, certificate, code) => {
    expect(read(certificate(), server.key)).toMatchObject({ problems: [code] });
  });

  test('and a key that are both wrong are both named', () => {
    expect(read('nothing', 'nothing').problems).toEqual(['CERTIFICATE_NO_PEM', 'CERTIFICATE_NO_PEM']);
  });

  const chain = [server, lower, upper].map(({ certificate }) => certificate).join('');

  test.each([
    [-1, { problems: ['CERTIFICATE_NOT_YET_VALID'] }],
    [75, { warnings: [] }],
    [77, { warnings: ['CERTIFICATE_ENDS_SOON'] }],
    [91, { problems: ['CERTIFICATE_EXPIRED'] }],
  ])('of 90 days is looked at %i days later', (days, found) => {
    // Those that signed it end at the same time, and are told of as well.
    const result = read(server.certificate, server.key, { at: daysLater(days), roots: [lower.certificate] });
    expect(result).toMatchObject(found);
  });

  test('whose CA has ended is served with a warning, since clients may know another way', () => {
    const short = make('Short', { ...authority, by: root, days: 1 });
    const { certificate, key } = make('a.example', { by: short });
    const { chain: served, warnings } = read(certificate + short.certificate, key, { at: daysLater(2) });
    expect(served).toEqual(['a.example', 'Short']);
    expect(warnings).toEqual(['CERTIFICATE_EXPIRED']);
  });

  test.each([
    [
      'of a CA',
      () => make('ca.example', { extensions: ['basicConstraints=CA:TRUE', 'subjectAltName=DNS:ca.example'] }),
      ['CERTIFICATE_OF_AUTHORITY'],
    ],
    [
      'for clients alone',
      () =>
        make('a.example', { extensions: ['subjectAltName=DNS:a.example', 'extendedKeyUsage=clientAuth'] }),
      ['CERTIFICATE_NOT_FOR_SERVERS'],
    ],
    [
      'without names',
      () => make('a.example', { extensions: ['basicConstraints=CA:FALSE'] }),
      ['CERTIFICATE_NO_NAMES'],
    ],
    [
      'for an e-mail address',
      () => make('a.example', { extensions: ['subjectAltName=email:a@a.example'] }),
      ['CERTIFICATE_NO_NAMES'],
    ],
    [
      'with a key of 1024 bits',
      () => make('a.example', { key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'] }),
      ['CERTIFICATE_KEY_WEAK'],
    ],
    [
      'signed with SHA-1',
      () => make('a.example', { by: root, digest: 'sha1' }),
      ['CERTIFICATE_SIGNATURE_WEAK'],
    ],
  ])('%s is refused', (_, made, problems) => {
    const { certificate, key } = made();
    expect(read(certificate, key)).toMatchObject({ problems });
  });

  test.each([
    [
      'with a key that browsers do not know',
      () => make('a.example', { by: root, key: ['-algorithm', 'ED25519'] }),
      ['CERTIFICATE_KEY_UNUSUAL'],
    ],
    ['that is signed by itself', () => make('a.example'), ['CERTIFICATE_SELF_SIGNED']],
    [
      'for servers and clients',
      () =>
        make('a.example', {
          by: root,
          extensions: ['subjectAltName=DNS:a.example', 'extendedKeyUsage=serverAuth,clientAuth'],
        }),
      [],
    ],
    [
      'for an address',
      () => make('a.example', { by: root, extensions: ['subjectAltName=IP:192.0.2.7'] }),
      [],
    ],
  ])('%s is served, with a warning where there is reason', (_, made, warnings) => {
    const { certificate, key } = made();
    expect(read(certificate, key)).toMatchObject({ warnings });
  });

  test.each([
    [domain, []],
    ['other.company.example', ['CERTIFICATE_NAME_NOT_COVERED']],
  ])('is compared with the domain %s', (name, warnings) => {
    expect(read(chain, server.key, { domain: name })).toMatchObject({ warnings });
  });

  test('for all hosts of a domain covers one, and not one below', () => {
    const { certificate, key } = make('x', {
      by: root,
      extensions: ['subjectAltName=DNS:*.company.example'],
    });
    const warningsFor = (name: string) => read(certificate, key, { domain: name });
    expect(warningsFor('copilot.company.example')).toMatchObject({ warnings: [] });
    expect(warningsFor('a.copilot.company.example')).toMatchObject({
      warnings: ['CERTIFICATE_NAME_NOT_COVERED'],
    });
  });
});

test('whatever is damaged is served whole or named, and nothing is thrown', () => {
  const der = run(['x509', '-outform', 'DER'], server.certificate);
  const flips = fc.array(fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 })), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(flips, fc.constantFrom(lower, root), (damages, other) => {
      const bytes = Buffer.from(der);
      for (const [at, bits] of damages) bytes[at] = (bytes[at] ?? 0) ^ bits;
      const pem = `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`;
      const { problems, chain } = read(pem + other.certificate, server.key);
      expect(problems === undefined ? chain : problems).not.toEqual([]);
    }),
    { numRuns: 300 },
  );
});
