import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { authority, openssl } from '../certificates/provided/openssl.ts';
import { parse, parseOne } from './support.ts';

const { make, run, close } = openssl();
afterAll(close);

const ca = make('Company Root', authority);
const server = make('copilot.company.example', { by: ca });
const chain = server.certificate + ca.certificate;
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

/** Codes alone, each with its variable. */
function codes(values: Readonly<Record<string, string>>) {
  const { errors, warnings } = parse(values);
  const told = (problems: typeof errors) => problems.map(({ code, variable }) => [code, variable?.slice(15)]);
  return { errors: told(errors), warnings: told(warnings) };
}

describe('certificate and key', () => {
  test.each([
    ['as they are', (pem: string) => pem],
    ['in base64', base64],
    ['in base64 of a form, of what was base64 already', (pem: string) => base64(base64(pem))],
    ['in base64 with line ends', (pem: string) => base64(pem).replace(/.{76}/g, '$&\n')],
    ['in one line', (pem: string) => pem.replaceAll('\n', ' ')],
  ])('are read %s', (_, written) => {
    const { settings, errors } = parse({ TLS_CERTIFICATE: written(chain), TLS_KEY: written(server.key) });
    expect(errors).toEqual([]);
    expect(settings.tlsCertificate).toEqual({ kind: 'inline', pem: chain });
    const { tlsKey } = settings;
    expect(tlsKey?.kind === 'inline' && tlsKey.pem.reveal().replace(/\s/g, '')).toBe(
      server.key.replace(/\s/g, ''),
    );
    expect(inspect(settings, { depth: 9 })).not.toContain(server.key.split('\n')[1]);
  });

  test.each([(text: string) => text, base64])('can be files on a disk', (written) => {
    const { settings, errors } = parse({
      TLS_CERTIFICATE: written('disk:CERTIFICATES/tls/a.crt'),
      TLS_KEY: written('disk:CERTIFICATES/a.key'),
    });
    expect(errors).toEqual([]);
    expect(settings.tlsCertificate).toEqual({ kind: 'disk', label: 'CERTIFICATES', path: 'tls/a.crt' });
    expect(settings.tlsKey).toEqual({ kind: 'disk', label: 'CERTIFICATES', path: 'a.key' });
  });

  test.each([
    ['tlsCertificate', base64(run(['x509', '-outform', 'DER'], server.certificate)), 'holds DER'],
    ['tlsCertificate', chain + server.key, 'holds a private key'],
    ['tlsCertificate', 'disk:../etc/passwd', 'must be disk:LABEL/path'],
    ['tlsCertificate', 'disk:D/../../etc/passwd', 'must be disk:LABEL/path'],
    ['tlsCertificate', `disk:D/a.crt#sha256=${'a'.repeat(64)}`, 'must hold no #sha256='],
    ['tlsCertificate', 'hf:a/b/c', 'holds no PEM'],
    ['tlsKey', run(['ec', '-aes256', '-passout', 'pass:x'], server.key).toString(), 'is encrypted'],
    ['tlsKey', base64(server.certificate), 'holds no private key'],
    ['tlsKey', 'disk:key', 'must be disk:LABEL/path'],
  ] as const)('that cannot be used are named: %s', (name, value, words) => {
    const { problems } = parseOne(name, value);
    expect(problems.join()).toContain(words);
    expect(problems.join()).not.toContain(server.key.split('\n')[1]?.slice(0, 10));
  });
});

describe('settings that need each other', () => {
  const pem = { TLS_CERTIFICATE: chain };

  test.each([
    [pem, [['CERTIFICATE_HALF_GIVEN', 'TLS_KEY']]],
    [{ TLS_KEY: server.key }, [['CERTIFICATE_HALF_GIVEN', 'TLS_CERTIFICATE']]],
    [{ ACME_EAB_KEY_ID: 'kid' }, [['ACME_BINDING_INCOMPLETE', 'ACME_EAB_KEY']]],
    [{ ACME_EAB_KEY: 'a2V5' }, [['ACME_BINDING_INCOMPLETE', 'ACME_EAB_KEY_ID']]],
    [{ TLS_MODE: 'provided' }, [['CERTIFICATE_MODE_EMPTY', 'TLS_MODE']]],
    [{ TLS_MODE: 'provided', ...pem }, [['CERTIFICATE_HALF_GIVEN', 'TLS_KEY']]],
    [{ TLS_MODE: 'provided', ...pem, TLS_KEY: server.key }, []],
    [{ TLS_MODE: 'acme' }, [['ACME_NOTHING_NAMED', 'TLS_MODE']]],
    [{ TLS_MODE: 'acme', TLS_DOMAIN: '10.0.0.7' }, [['ACME_NOTHING_NAMED', 'TLS_MODE']]],
    [{ TLS_MODE: 'acme', TLS_ADDRESS: 'auto' }, []],
    [{ TLS_MODE: 'own-ca', TLS_DOMAIN: 'copilot.example.org' }, []],
  ])('are missed where they are missing: %#', (values, errors) => {
    expect(codes(values).errors).toEqual(errors);
  });

  test('are not missed where they are wrong, which is told already', () => {
    expect(codes({ TLS_MODE: 'acme', TLS_DOMAIN: '*.example.org' }).errors).toEqual([
      ['CONTEXT_BAD_DOMAIN', 'TLS_DOMAIN'],
    ]);
    expect(codes({ ...pem, TLS_KEY: 'nothing' }).errors).toEqual([['CERTIFICATE_NO_PEM', 'TLS_KEY']]);
  });
});

describe('a name or address that is not public', () => {
  test.each([
    [{ TLS_DOMAIN: 'copilot.internal' }, [['ACME_NOT_PUBLIC', 'TLS_DOMAIN']]],
    [{ TLS_DOMAIN: 'copilot.internal', TLS_MODE: 'acme' }, [['ACME_NOT_PUBLIC', 'TLS_DOMAIN']]],
    [{ TLS_ADDRESS: '192.168.0.7' }, [['ACME_NOT_PUBLIC', 'TLS_ADDRESS']]],
    [{ TLS_DOMAIN: 'copilot.internal', TLS_MODE: 'own-ca' }, []],
    [{ TLS_DOMAIN: 'copilot.internal', TLS_CERTIFICATE: chain, TLS_KEY: server.key }, []],
    [{ TLS_DOMAIN: 'copilot.internal', ACME_DIRECTORY: 'https://ca.internal/directory' }, []],
    [{ TLS_DOMAIN: 'copilot.example.org' }, []],
  ])('is warned of where a public CA would be asked: %j', (values, warnings) => {
    expect(codes(values)).toEqual({ errors: [], warnings });
  });
});

describe('the ACME server', () => {
  test.each(['acmeDirectory', 'acmeStaging'] as const)('is asked by HTTPS alone (%s)', (variable) => {
    expect(parseOne(variable, 'https://ca.internal/directory').problems).toEqual([]);
    const [problem] = parseOne(variable, 'http://ca.internal/directory').problems;
    expect(problem).toContain('begins with http://');
    expect(parseOne(variable, 'ftp://ca.internal/').problems).toHaveLength(1);
  });

  test.each(['it@example.org', 'first.last+ca@mail.example.org'])('may write to %s', (value) => {
    expect(parseOne('acmeContact', value)).toMatchObject({ value, problems: [] });
  });

  test.each(['mailto:it@example.org', 'it@example.org,me@example.org', 'it', 'it@host', 'a@b.c?subject=x'])(
    'cannot write to %s',
    (value) => expect(parseOne('acmeContact', value).problems[0]).toContain('must be an e-mail address'),
  );

  test.each([
    ['a2V5LW9m_-8', 'a2V5LW9m_-8'],
    ['a2V5LW9m/+8=', 'a2V5LW9m_-8'],
    [' a2V5LW9m_-8= ', 'a2V5LW9m_-8'],
  ])('binds the account with the key %s', (written, key) => {
    expect(parseOne('acmeKey', written).value?.reveal()).toBe(key);
  });

  test.each([
    ['one character', 'q'],
    ['a length that no bytes have', 'q2V5L'],
    ['spaces', 'qwertyuiop asdfgh'],
    ['other letters', 'qwertyüiop'],
    ['too many characters', 'q'.repeat(1026)],
  ])('is bound by no key of %s, and the key is not repeated', (_, written) => {
    const { problems } = parseOne('acmeKey', written);
    expect(problems[0]).toContain('is no key in base64url');
    expect(problems.join()).not.toMatch(/q/);
  });

  test('is trusted by certificates, never by a key', () => {
    const two = ca.certificate + server.certificate;
    expect(parseOne('acmeRoots', base64(two))).toMatchObject({ value: two, problems: [] });
    const { problems } = parseOne('acmeRoots', two + ca.key);
    expect(problems).toEqual([expect.stringContaining('holds a private key')]);
    expect(parseOne('acmeRoots', 'disk:D/ca.crt').problems).toEqual([expect.stringContaining('no PEM')]);
  });
});
