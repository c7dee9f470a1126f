import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../../src/context/secret.ts';
import { parseOneGate } from '../../../src/onegate/settings.ts';

const complete = { ONEGATE_ENDPOINT: 'http://169.254.16.9:5030', VMID: '42' };
const parse = (values: Readonly<Record<string, string>>, token: string | undefined = 'a-token') =>
  parseOneGate(new Map(Object.entries(values)), token === undefined ? undefined : new Secret(token));
/** What the shell would be given. */
const scriptOf = (READY_SCRIPT: string) => {
  const script = parse({ ...complete, READY_SCRIPT }).settings?.readyScript;
  return script && 'text' in script ? script.text.reveal() : undefined;
};

test('takes endpoint, number and token as OpenNebula writes them', () => {
  const { settings, warnings } = parse({ ...complete, REPORT_READY: 'YES' });
  expect(settings).toMatchObject({ endpoint: complete.ONEGATE_ENDPOINT, vmId: '42', reportReady: true });
  expect(settings?.token.reveal()).toBe('a-token');
  expect(warnings).toEqual([]);
});

test('an endpoint may have a path, and a slash at its end', () => {
  const { settings } = parse({ ...complete, ONEGATE_ENDPOINT: 'https://gate.example.org/one/' });
  expect(settings?.endpoint).toBe('https://gate.example.org/one');
});

test.each(['', 'NO', 'no', 'false'])('REPORT_READY=%s asks for nothing', (REPORT_READY) => {
  expect(parse({ ...complete, REPORT_READY }).settings?.reportReady).toBe(false);
});

test('a VM without OneGate is nothing to warn of', () => {
  expect(parseOneGate(new Map(), undefined)).toEqual({ settings: undefined, warnings: [] });
});

test('says what is missing when READY was asked for', () => {
  const { settings, warnings } = parseOneGate(new Map([['REPORT_READY', 'YES']]), undefined);
  expect(settings).toBeUndefined();
  expect(warnings.map(({ code }) => code)).toEqual(['ONEGATE_INCOMPLETE']);
  expect(warnings[0]?.what).toContain('ONEGATE_ENDPOINT, VMID, token');
});

test.each([
  'gate:5030',
  'ftp://gate/',
  'http://',
  'http://me:secret@gate/',
  'me:secret@gate:5030',
  'http://gate/?x=1',
])('warns of the endpoint %s', (ONEGATE_ENDPOINT) => {
  const { settings, warnings } = parse({ ...complete, ONEGATE_ENDPOINT });
  expect(settings).toBeUndefined();
  expect(warnings).toMatchObject([{ code: 'ONEGATE_BAD_ENDPOINT', variable: 'ONEGATE_ENDPOINT' }]);
  expect(warnings[0]?.what).not.toContain('secret@');
});

test('warns of a number that is none', () => {
  const { settings, warnings } = parse({ ...complete, VMID: '4\r\nX: 2' });
  expect(settings).toBeUndefined();
  expect(warnings).toMatchObject([{ code: 'ONEGATE_BAD_VMID', variable: 'VMID' }]);
  expect(warnings[0]?.what).toContain('«4\\u{d}\\u{a}X: 2»');
});

test('joins a token that came in several lines', () => {
  expect(parse(complete, 'abc\ndef=\n').settings?.token.reveal()).toBe('abcdef=');
});

test('a token that no header can hold is none', () => {
  expect(parse(complete, 'a\u0000b').settings).toBeUndefined();
});

test('decodes a ready script from base64, wrapped or not', () => {
  const script = '#!/bin/sh\ncurl -f http://localhost/größe\nexit 0\n';
  const encoded = Buffer.from(script).toString('base64');
  expect(scriptOf(encoded)).toBe(script);
  expect(scriptOf(encoded.replace(/.{20}/g, '$&\n'))).toBe(script);
});

test.each(['true', 'exit 1', 'test -e /run/ready', 'date'])(
  'takes the plain script «%s» as it is, though it may look like base64',
  (script) => expect(scriptOf(script)).toBe(script),
);

test('a program on the VM goes before a script in the context', () => {
  const { settings } = parse({ ...complete, READY_SCRIPT: 'true', READY_SCRIPT_PATH: '/opt/check' });
  expect(settings?.readyScript).toEqual({ path: '/opt/check' });
});

test('shows neither token nor script', () => {
  const { settings } = parse({ ...complete, READY_SCRIPT: 'login hunter2' }, 'the-token');
  expect(`${inspect(settings, { depth: 9 })} ${JSON.stringify(settings)}`).not.toMatch(/hunter2|the-token/);
});
