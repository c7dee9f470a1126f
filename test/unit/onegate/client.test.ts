import { describe, expect, test } from 'vitest';
import { makeAuthority } from '../../../src/certificates/own-ca/issue.ts';
import { readUserTemplate, updateVm } from '../../../src/onegate/client.ts';
import { gateWith, settingsFor, token } from './gate.ts';

test('sets attributes and leaves the others', async () => {
  const { gate, settings } = await gateWith({ userTemplate: { OWNER: 'team', READY: 'NO' } });
  await updateVm(settings, { READY: 'YES', ONEAPP_COPILOT_STATE: 'all = well' });
  expect(gate.userTemplate).toEqual({ OWNER: 'team', READY: 'YES', ONEAPP_COPILOT_STATE: 'all = well' });
});

test('reads the plain attributes of the user template', async () => {
  const userTemplate = { READY: 'YES', VECTOR: { A: 'b' }, EMPTY: '' };
  const { settings } = await gateWith({ userTemplate });
  expect(await readUserTemplate(settings)).toEqual({ READY: 'YES' });
});

test('talks https with a certificate that nobody can check', async () => {
  const { certificate: cert, key } = await makeAuthority('front-end', new Date());
  const { gate, settings } = await gateWith({ tls: { cert, key } });
  await updateVm(settings, { READY: 'YES' });
  expect(gate.userTemplate).toEqual({ READY: 'YES' });
});

describe('a OneGate in trouble', () => {
  test('passes on its words, without the token', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'status', status: 500, text: `[one.vm.update] ${token}\nnot\t${'x'.repeat(999)}` });
    const refused = await updateVm(settings, { READY: 'YES' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ONEGATE_REFUSED' });
    expect(String(refused)).toMatch(/answered 500: \[one\.vm\.update\] \[secret\] not x+$/);
    expect(String(refused).length).toBeLessThan(350);
    expect(gate.userTemplate).toEqual({});
  });

  test('may not know the VM', async () => {
    const { settings } = await gateWith({ token: 'another' });
    await expect(updateVm(settings, { READY: 'YES' })).rejects.toThrow('answered 401: Not authorized');
  });

  test('is not followed to where it points', async () => {
    const { gate: elsewhere } = await gateWith();
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'status', status: 302, text: '', location: `${elsewhere.url}/vm` });
    await expect(updateVm(settings, { READY: 'YES' })).rejects.toThrow('answered 302: no further words');
    expect(elsewhere.requests).toEqual([]);
  });

  test('that says nothing is given up', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'hang' });
    await expect(updateVm(settings, { READY: 'YES' }, { timeout: 50 })).rejects.toMatchObject({
      code: 'ONEGATE_UNREACHABLE',
      message: expect.stringContaining('no answer within'),
    });
  });

  test('that answers late is waited for', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'slow', milliseconds: 100 });
    await updateVm(settings, { READY: 'YES' });
    expect(gate.userTemplate).toEqual({ READY: 'YES' });
  });

  test('that hangs up is unreachable', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'drop' });
    await expect(updateVm(settings, {})).rejects.toMatchObject({ code: 'ONEGATE_UNREACHABLE' });
  });

  test('that is not there is unreachable, and the message says where it was looked for', async () => {
    const { gate } = await gateWith();
    await gate.close();
    const refused = updateVm(settingsFor(gate.url), {});
    await expect(refused).rejects.toMatchObject({ code: 'ONEGATE_UNREACHABLE' });
    await expect(refused).rejects.toThrow(gate.url);
  });

  test.each(['<html>', '{"VM":[]}'])('that answers %s is not understood', async (text) => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'status', status: 200, text });
    await expect(readUserTemplate(settings)).rejects.toMatchObject({ code: 'ONEGATE_BAD_ANSWER' });
  });
});
