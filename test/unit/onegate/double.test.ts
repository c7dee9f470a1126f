import { describe, expect, test } from 'vitest';
import { escapeAttributes } from '../../support/onegate/escape-attr.ts';
import { gateWith, token } from './gate.ts';

const headers = { 'x-onegate-token': token, 'x-onegate-vmid': '42' };

/** Status and text of OneGate's answer. */
async function ask(
  url: string,
  method = 'GET',
  body?: string | URLSearchParams,
  sent: Record<string, string> = headers,
) {
  const response = await fetch(url, { method, headers: sent, ...(body !== undefined && { body }) });
  return { status: response.status, text: await response.text() };
}
const form = (fields: Record<string, string>) => new URLSearchParams(fields);

// Cases of the notes (shared/reference/opennebula.md, 4), worked out from the Ruby source.
test.each([
  ['KEY=plain words', 'KEY="plain words"'],
  ['A=1\nB=x=y', 'A="1"\nB="x=y"'],
  ['KEY=[SUB=with spaces]', 'KEY=[SUB="with spaces"]'],
  ['KEY', 'KEY'],
  ['KEY=a,b', 'KEY="a",b"'],
  ['KEY="a,b"', 'KEY="a",b"'],
  ['KEY=a\\b', 'KEY="a"\\b'],
  ['KEY=a\\nB=c', 'KEY="a"\nB="c"'],
  ['E=', 'E="'],
])('escapes %j as %j, as OneGate does', (sent, escaped) => expect(escapeAttributes(sent)).toBe(escaped));

describe('who asks', () => {
  test.each([
    [{}],
    [{ 'x-onegate-token': token }],
    [{ 'x-onegate-vmid': '42' }],
    [{ ...headers, 'x-onegate-vmid': '43' }],
    [{ ...headers, 'x-onegate-token': 'other' }],
  ])('with %j is not let in', async (sent) => {
    const { gate } = await gateWith();
    const denied = { status: 401, text: 'Not authorized' };
    expect(await ask(`${gate.url}/vm`, 'GET', undefined, sent)).toEqual(denied);
    expect(await ask(`${gate.url}/vm`, 'PUT', 'A=1', sent)).toEqual(denied);
    expect(gate.userTemplate).toEqual({});
  });
});

describe('an update', () => {
  test('is added to what is there, has upper-case names and an empty answer', async () => {
    const { gate } = await gateWith({ userTemplate: { OLD: '1', READY: 'NO' } });
    expect(await ask(`${gate.url}/vm`, 'PUT', 'ready=YES\nNEW=two words')).toEqual({ status: 200, text: '' });
    expect(gate.userTemplate).toEqual({ OLD: '1', READY: 'YES', NEW: 'two words' });
  });

  test('may come as a form', async () => {
    const { gate } = await gateWith();
    await ask(`${gate.url}/vm`, 'PUT', form({ data: 'A=1\nB=2', type: '1' }));
    expect(gate.userTemplate).toEqual({ A: '1', B: '2' });
  });

  test('that curl calls a form is taken as it is', async () => {
    const { gate } = await gateWith();
    const sent = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    await ask(`${gate.url}/vm`, 'PUT', 'A=1+1', sent);
    expect(gate.userTemplate).toEqual({ A: '1+1' });
  });

  test.each(['KEY=a,b', 'KEY=', 'KEY=a"b', 'KEY=a]b'])('with %s is refused by core', async (body) => {
    const { gate } = await gateWith();
    expect(await ask(`${gate.url}/vm`, 'PUT', body)).toMatchObject({ status: 500 });
    expect(gate.userTemplate).toEqual({});
  });

  test('of what OpenNebula keeps to itself is forbidden', async () => {
    const { gate } = await gateWith();
    expect(await ask(`${gate.url}/vm`, 'PUT', 'A=1\nservice_id=7')).toEqual({
      status: 403,
      text: 'Attribute (service_id) cannot be modified',
    });
    const deletion = form({ data: 'ROLE_NAME', type: '2' });
    expect(await ask(`${gate.url}/vm`, 'PUT', deletion)).toMatchObject({ status: 403 });
  });

  test('of type 2 deletes one attribute, which must be there', async () => {
    const { gate } = await gateWith({ userTemplate: { A: '1', B: '2' } });
    const deletion = form({ data: 'A', type: '2' });
    expect(await ask(`${gate.url}/vm`, 'PUT', deletion)).toEqual({ status: 200, text: '' });
    expect(gate.userTemplate).toEqual({ B: '2' });
    expect(await ask(`${gate.url}/vm`, 'PUT', deletion)).toEqual({
      status: 500,
      text: 'attribute not found',
    });
  });
});

describe('the VM', () => {
  test('has strings for numbers, and an object for an empty attribute', async () => {
    const { gate } = await gateWith({ userTemplate: { A: '1', EMPTY: '' } });
    const { VM } = JSON.parse((await ask(`${gate.url}/vm`)).text);
    expect(VM).toMatchObject({ ID: '42', STATE: '3', USER_TEMPLATE: { A: '1', EMPTY: {} } });
  });

  test('is also found by its number, others are not', async () => {
    const { gate } = await gateWith();
    expect(await ask(`${gate.url}/vms/42`)).toMatchObject({ status: 200 });
    expect(await ask(`${gate.url}/vms/43`)).toMatchObject({ status: 400 });
  });
});

describe('a service', () => {
  test('is not there for a VM of its own', async () => {
    const { gate } = await gateWith();
    expect(await ask(`${gate.url}/service`)).toEqual({ status: 400, text: 'Empty or invalid SERVICE_ID' });
  });

  test.each([
    ['', false],
    ['?extended', false],
    ['?extended=true', true],
    ['?extended=false', true],
  ])('shows whole VMs with %j: %s', async (query, isWhole) => {
    const { gate } = await gateWith({ serviceId: '7' });
    const { SERVICE } = JSON.parse((await ask(`${gate.url}/service${query}`)).text);
    expect('CONTEXT' in (SERVICE.roles[0].nodes[0].vm_info.VM.TEMPLATE ?? {})).toBe(isWhole);
  });
});

test('knows no other paths', async () => {
  const { gate } = await gateWith();
  const unknown = { status: 400, text: "OneGate server doesn't support this feature" };
  expect(await ask(`${gate.url}/elsewhere`)).toEqual(unknown);
  expect(await ask(`${gate.url}/vm`, 'DELETE')).toEqual(unknown);
});
