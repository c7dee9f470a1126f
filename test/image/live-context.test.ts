import { afterAll, beforeAll, expect, it } from 'vitest';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import type { ContextValues } from '../../src/vm/context-disk.ts';
import { attachNic, growDisk } from '../../src/vm/hotplug.ts';
import { httpsStatus } from '../../src/vm/https-answer.ts';
import { freePort } from '../../src/vm/ports.ts';
import { prove } from '../../src/vm/proof.ts';
import { type OneGateDouble, startOneGate } from '../support/onegate/server.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';
import { streamWhile } from './support/held-stream.ts';

/** What the issue allows for a change to be picked up. */
const pickedUp = { timeout: 60_000, interval: 1000 };

const password = 'first-password';
const secondMac = '52:54:00:12:34:99';

let vm: TestAppliance;
let oneGate: OneGateDouble;
/** The context as it was changed last. */
let context: ContextValues;

const change = async (values: ContextValues) => {
  context = { ...context, ...values };
  await vm.changeContext(context);
};
const state = async () => String(JSON.parse(await vm.ssh('onepilot status --json || true')).state);
const mainPid = (unit: string) => vm.ssh(`systemctl show -p MainPID --value ${unit}`);

beforeAll(async () => {
  oneGate = await startOneGate({
    host: '127.0.0.1',
    port: await freePort(),
    token: 'canary-token',
    vmid: '42',
  });
  context = {
    SET_HOSTNAME: 'live',
    ONEAPP_COPILOT_API_PASSWORD: password,
    ONEGATE_ENDPOINT: `http://10.0.2.2:${new URL(oneGate.url).port}`,
    ONEGATE_TOKEN: 'canary-token',
    VMID: '42',
    REPORT_READY: 'YES',
    READY_SCRIPT: 'test -e /etc/onepilot/engine.ini',
  };
  vm = await startAppliance(context);
  await vm.ready();
});
afterAll(async () => {
  await vm?.destroy();
  await oneGate?.close();
});

it('tells OneGate how it is, and READY=YES because the context asks for it', async () => {
  await expect.poll(() => oneGate.userTemplate.READY, pickedUp).toBe('YES');
  await expect.poll(() => oneGate.userTemplate.ONEAPP_COPILOT_STATE, pickedUp).toBe('ready');
  expect(oneGate.userTemplate.ONEAPP_COPILOT_MODEL).toBe('onepilot-smoke');
  expect(oneGate.userTemplate.ONEAPP_COPILOT_ENDPOINT).toBe('https://10.0.2.15/v1');
});

it('says publicly how it is', async () => {
  expect(await httpsStatus(vm.machine.shape.ports.https, '/status')).toBe(200);
  expect(await state()).toBe('ready');
});

it('follows a changed password without restarting anything', async () => {
  const [gateway, engine] = [await mainPid('onepilot-gateway'), await mainPid('onepilot-engine')];
  await change({ ONEAPP_COPILOT_API_PASSWORD: 'second-password' });
  const endpoint = { ...(await vm.endpoint()), key: 'second-password' };
  await expect.poll(() => prove(endpoint).then(() => 'answers', String), pickedUp).toBe('answers');
  await expect(prove({ ...endpoint, key: password })).rejects.toThrow('401');
  expect(await mainPid('onepilot-gateway')).toBe(gateway);
  expect(await mainPid('onepilot-engine')).toBe(engine);
});

it('restarts the engine alone when only the engine is concerned', async () => {
  const [gateway, engine] = [await mainPid('onepilot-gateway'), await mainPid('onepilot-engine')];
  await change({ ONEAPP_COPILOT_CPU_THREADS: '1' });
  await expect.poll(() => vm.ssh('cat /etc/onepilot/engine.ini'), pickedUp).toMatch(/^threads = 1$/m);
  await expect.poll(() => mainPid('onepilot-engine'), pickedUp).not.toBe(engine);
  await expect.poll(state, pickedUp).toBe('ready');
  expect(await mainPid('onepilot-gateway')).toBe(gateway);
  const endpoint = { ...(await vm.endpoint()), key: 'second-password' };
  expect((await prove(endpoint)).chat.text).toBe(smokeAnswers.chat);
});

it('leaves a stream alone while the gateway takes up other keys', async () => {
  const [gateway, engine] = [await mainPid('onepilot-gateway'), await mainPid('onepilot-engine')];
  const endpoint = { ...(await vm.endpoint()), key: 'second-password' };
  const key = 'key-of-a-colleague';
  const answer = async () =>
    (await fetch(`${endpoint.baseUrl}/models`, { headers: { authorization: `Bearer ${key}` } })).status;
  const streamed = await streamWhile(vm, endpoint, async () => {
    expect(await answer()).toBe(401);
    const keys = `- name: colleague\n  key: ${key}\n`;
    await change({ ONEAPP_COPILOT_API_KEYS: Buffer.from(keys).toString('base64') });
    await expect.poll(answer, pickedUp).toBe(200);
  });
  expect(streamed).toEqual({ text: smokeAnswers.long, finish: 'stop', endedEarly: false });
  await expect.poll(state, pickedUp).toBe('ready');
  expect(await mainPid('onepilot-gateway')).toBe(gateway);
  expect(await mainPid('onepilot-engine')).toBe(engine);
});

it('lets a stream end before the engine restarts, and tells newcomers to come back', async () => {
  const engine = await mainPid('onepilot-engine');
  const endpoint = { ...(await vm.endpoint()), key: 'second-password' };
  // Before the hold a request goes to the engine, which does not answer it.
  const newcomer = async () => {
    const response = await fetch(`${endpoint.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${endpoint.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'onepilot-smoke', messages: [{ role: 'user', content: 'Hello' }] }),
      signal: AbortSignal.timeout(5000),
    });
    return `${response.status} ${response.headers.has('retry-after')} ${await response.text()}`;
  };
  const streamed = await streamWhile(vm, endpoint, async () => {
    await change({ ONEAPP_COPILOT_CONTEXT_SIZE: '4096' });
    await expect.poll(() => vm.ssh('cat /etc/onepilot/engine.ini'), pickedUp).toMatch(/^ctx-size = 4096$/m);
    await expect.poll(newcomer, pickedUp).toMatch(/^503 true .*engine_restarting/);
    expect(await mainPid('onepilot-engine')).toBe(engine);
  });
  expect(streamed).toEqual({ text: smokeAnswers.long, finish: 'stop', endedEarly: false });
  await expect.poll(() => mainPid('onepilot-engine'), pickedUp).not.toBe(engine);
  await expect.poll(state, pickedUp).toBe('ready');
  expect((await prove(endpoint)).chat.text).toBe(smokeAnswers.chat);
});

it('keeps what ran when the context becomes wrong, says so everywhere, and heals when it is right again', async () => {
  await change({ ONEAPP_COPILOT_CONTEXT_SIZE: 'plenty', ONEAPP_COPILOT_CPU_THREADS: 'all' });
  await expect.poll(state, pickedUp).toBe('degraded');
  expect(await vm.ssh('cat /etc/one-appliance/status')).toBe('configure_failure');
  for (const text of [
    await vm.machine.console(),
    await vm.ssh('cat /etc/motd'),
    await vm.ssh('cat /etc/one-appliance/config'),
    await vm.ssh('onepilot status || true'),
  ]) {
    expect(text).toContain('ONEAPP_COPILOT_CONTEXT_SIZE');
    expect(text).toContain('ONEAPP_COPILOT_CPU_THREADS');
  }
  await expect.poll(() => oneGate.userTemplate.ONEAPP_COPILOT_STATE, pickedUp).toBe('degraded');
  const endpoint = { ...(await vm.endpoint()), key: 'second-password' };
  expect((await prove(endpoint)).chat.text).toBe(smokeAnswers.chat);

  await change({ ONEAPP_COPILOT_CONTEXT_SIZE: '8192', ONEAPP_COPILOT_CPU_THREADS: '' });
  await expect.poll(state, pickedUp).toBe('ready');
  expect(await vm.ssh('cat /etc/one-appliance/status')).toBe('bootstrap_success');
  expect(await vm.ssh('cat /etc/onepilot/engine.ini')).toMatch(/^ctx-size = 8192$/m);
});

it('gives the root file system a disk that has grown', async () => {
  const size = async () => Number(await vm.ssh('df --output=size -B1 / | tail -n 1'));
  const before = await size();
  const virtual = Number(await vm.ssh('cat /sys/class/block/vda/size')) * 512;
  await growDisk(vm.machine, virtual + 2 ** 30);
  await expect.poll(size, pickedUp).toBeGreaterThan(before + 0.9 * 2 ** 30);
});

it('takes a NIC into use, with the address in the certificate', async () => {
  await change({ ETH1_MAC: secondMac, ETH1_IP: '10.9.0.15', ETH1_MASK: '255.255.255.0' });
  await attachNic(vm.machine, secondMac, '10.9.0.0/24');
  await expect.poll(() => vm.ssh('ip -4 -o addr'), pickedUp).toContain('10.9.0.15/24');
  const { X509Certificate } = await import('node:crypto');
  const names = async () =>
    new X509Certificate(await vm.ssh('cat /etc/onepilot/tls/own.pem')).subjectAltName ?? '';
  await expect.poll(names, pickedUp).toContain('IP Address:10.9.0.15');
  await expect
    .poll(() => vm.ssh('cat /etc/one-appliance/config'), pickedUp)
    .toContain('https://10.9.0.15/v1');
});

it('lets in only whom the context allows', async () => {
  await change({ ONEAPP_COPILOT_ALLOWED_NETWORKS: '192.0.2.0/24' });
  const answer = async () => (await httpsStatus(vm.machine.shape.ports.https, '/health')) ?? 'shut out';
  await expect.poll(answer, pickedUp).toBe('shut out');
  expect(await vm.ssh('echo still here')).toBe('still here');
  await change({ ONEAPP_COPILOT_ALLOWED_NETWORKS: '' });
  await expect.poll(answer, pickedUp).toBe(200);
});

it('changes nothing when nothing has changed', async () => {
  await expect
    .poll(() => vm.ssh('systemctl is-active onepilot-reconcile || true'), pickedUp)
    .toBe('inactive');
  expect(await vm.ssh('onepilot plan')).toContain('Nothing to do: the machine is what its context says.');
  const files =
    'find /etc /run/onepilot /var/lib/onepilot /root -xdev -type f -printf "%p %i %s %T@\\n" | sort';
  const before = await vm.ssh(files);
  const console = await vm.machine.console();
  await vm.ssh('systemctl start onepilot-reconcile');
  const after = await vm.ssh(files);
  const changed = after.split('\n').filter((line) => !before.includes(line));
  // Which run was the latest is all that is new.
  expect(changed.map((line) => line.split(' ')[0])).toEqual(['/run/onepilot/latest-run']);
  expect(await vm.machine.console()).toBe(console);
});

it('leaves nothing failed and nothing half-written', async () => {
  expect(await vm.ssh('systemctl --failed --no-legend')).toBe('');
  expect(await vm.ssh("find / -xdev -name '*.onepilot-new'")).toBe('');
});
