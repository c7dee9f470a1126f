import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { smokeAdapter, smokeAdapterAnswers } from '../../src/models/smoke/adapter.ts';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { generateSmokeModels, randomModel } from '../../src/models/smoke/write.ts';
import type { ContextValues } from '../../src/vm/context-disk.ts';
import { attachDisk } from '../../src/vm/hotplug.ts';
import { type HubDouble, sha256Of, startHub } from '../support/hub/server.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';

const pickedUp = { timeout: 90_000, interval: 1000 };
const token = 'hf_canary-token';
const password = 'password-of-the-test';
const random = randomModel();

let vm: TestAppliance;
let hub: HubDouble;
let context: ContextValues;

const change = async (values: ContextValues) => {
  context = { ...context, ...values };
  await vm.changeContext(context);
};
const Status = z.object({
  state: z.string(),
  reason: z.string().optional(),
  models: z.array(z.string()),
  warnings: z.array(z.object({ code: z.string(), what: z.string() })),
});
const status = async () => Status.parse(JSON.parse(await vm.ssh('onepilot status --json || true')));
const codes = async () => (await status()).warnings.map(({ code }) => code);
const models = async () => (await status()).models;
/** What the appliance answers to a chat, or the status and the words of its refusal. */
const chat = async () => {
  const { status, headers, text } = await ask();
  if (status !== 200) return `${status} ${headers['retry-after'] ?? ''} ${text}`;
  const parsed = z
    .object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]) })
    .parse(JSON.parse(text));
  return parsed.choices[0].message.content;
};
const ask = async () => {
  const call = request(`${vm.origin}/v1/chat/completions`, {
    method: 'POST',
    agent: false,
    // What is served is the subject here, not by whom: test/image/first-boot.test.ts sees to that.
    rejectUnauthorized: false,
    headers: { authorization: `Bearer ${password}`, 'content-type': 'application/json' },
  });
  call.end(JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], max_tokens: 48 }));
  const [response] = z.tuple([z.instanceof(IncomingMessage)]).parse(await once(call, 'response'));
  return { status: response.statusCode, headers: response.headers, text: await readText(response) };
};
const engineChild = () => vm.ssh('pgrep -P $(systemctl show -p MainPID --value onepilot-engine) | head -1');

beforeAll(async () => {
  const damaged = Buffer.from(random);
  // The weights' table says more than there is: whole by its hash, and yet no model.
  const cut = damaged.subarray(0, damaged.length - 10_000);
  hub = await startHub({
    token,
    host: '10.0.2.2',
    files: [
      { repository: 'team/models', path: 'q4/Random.gguf', content: random, isGated: true },
      { repository: 'team/models', path: 'cut.gguf', content: cut },
      { repository: 'team/adapters', path: 'style.gguf', content: smokeAdapter() },
    ],
  });
  context = {
    ONEAPP_COPILOT_API_PASSWORD: password,
    ONEAPP_COPILOT_AI_MODEL: 'hf:team/models/q4/Random.gguf',
    ONEAPP_COPILOT_COMPLETE_MODEL: 'none',
    ONEAPP_COPILOT_MODEL_MIRROR: hub.url,
    ONEAPP_COPILOT_MODEL_TOKEN: token,
  };
  // The connection breaks off twice on the way.
  hub.fault({ kind: 'cut', after: 300_000 }, 2);
  vm = await startAppliance(context);
  await vm.ready();
});
afterAll(async () => {
  await vm?.destroy();
  await hub?.close();
});

it('serves the model that the context names once it has been fetched, and the image’s until then', async () => {
  await expect.poll(models, pickedUp).toEqual(['random']);
  await expect.poll(async () => (await status()).state, pickedUp).toBe('ready');
  expect(await codes()).not.toContain('MODEL_BEING_FETCHED');
  const answer = await chat();
  expect(answer).toMatch(/^[ -~]{20,}$/);
  expect(answer).not.toBe(smokeAnswers.chat);
});

it('has the very bytes of the hub, for the engine to read, and has fetched none of them twice', async () => {
  const files = await vm.ssh(
    'cd /var/lib/onepilot/models/downloads && sha256sum *.gguf && stat -c %a *.gguf',
  );
  expect(files).toMatch(new RegExp(`^${sha256Of(random)}  random\\..*\\.gguf\n644$`));
  expect(hub.bytesSent).toBeLessThan(random.length + 200_000);
});

it('gives the token to the hub alone, and shows it nowhere', async () => {
  const withToken = hub.requests.filter(({ headers }) => headers.authorization !== undefined);
  expect(new Set(withToken.map(({ at }) => at))).toEqual(new Set(['hub']));
  const places =
    '/run/onepilot/*.json /etc/onepilot /var/lib/onepilot /var/log/one-appliance /etc/one-appliance';
  expect(await vm.ssh(`grep -rl ${token} ${places} || true; journalctl -b | grep -c ${token} || true`)).toBe(
    '0',
  );
});

it('serves the fetched model at once after a reboot, without the hub', async () => {
  const before = hub.requests.length;
  const boot = await vm.ssh('cat /proc/sys/kernel/random/boot_id');
  await vm.ssh('systemctl reboot || true');
  const bootId = () => vm.ssh('cat /proc/sys/kernel/random/boot_id').catch(() => boot);
  await expect.poll(bootId, { timeout: 180_000, interval: 2000 }).not.toBe(boot);
  await expect.poll(() => models().catch(String), { timeout: 120_000, interval: 1000 }).toEqual(['random']);
  expect(hub.requests).toHaveLength(before);
});

it('keeps what it serves when a file turns out to be damaged, and says so', async () => {
  await change({ ONEAPP_COPILOT_AI_MODEL: 'hf:team/models/cut.gguf' });
  await expect.poll(codes, pickedUp).toContain('MODEL_NOT_FETCHED');
  const { state, reason } = await status();
  expect(state).toBe('degraded');
  expect(reason).toMatch(/cut could not be fetched, and onepilot-smoke is served in its place/);
  await expect.poll(chat, pickedUp).toBe(smokeAnswers.chat);
});

it('says which model a repository does not have', async () => {
  await change({ ONEAPP_COPILOT_AI_MODEL: 'hf:team/models/absent.gguf' });
  await expect.poll(async () => (await status()).reason, pickedUp).toMatch(/absent.*no such file/s);
});

it('answers as an adapter wants it, and without it as before', async () => {
  await change({ ONEAPP_COPILOT_AI_MODEL: '', ONEAPP_COPILOT_LORA_ADAPTERS: 'hf:team/adapters/style.gguf' });
  await expect.poll(chat, pickedUp).toBe(smokeAdapterAnswers.with);
  await change({ ONEAPP_COPILOT_LORA_ADAPTERS: '' });
  await expect.poll(chat, pickedUp).toBe(smokeAnswers.chat);
});

it('serves a model from an attached disk, where it lies', async () => {
  const tree = join(vm.directory, 'disk');
  await mkdir(tree);
  await generateSmokeModels(tree);
  const disk = join(vm.directory, 'models.raw');
  await vm.shell.run(['mke2fs', '-q', '-t', 'ext4', '-L', 'MODELS', '-d', tree, disk, '16M']);
  const hash = sha256Of(await readFile(join(tree, 'onepilot-random.gguf')));
  await change({ ONEAPP_COPILOT_AI_MODEL: `disk:MODELS/onepilot-random.gguf#sha256=${hash}` });
  await expect.poll(async () => (await status()).reason, pickedUp).toMatch(/MODELS/);
  await attachDisk(vm.machine, 'models', disk);
  await expect.poll(models, pickedUp).toEqual(['onepilot-random']);
  expect(await vm.ssh('grep ^model /etc/onepilot/engine.ini')).toBe(
    'model = /run/onepilot/disks/MODELS/onepilot-random.gguf',
  );
  expect(await chat()).toMatch(/^[ -~]{20,}$/);
});

it('comes back by itself when its engine is killed, and tells clients to come back meanwhile', async () => {
  await change({ ONEAPP_COPILOT_AI_MODEL: '' });
  await expect.poll(chat, pickedUp).toBe(smokeAnswers.chat);
  const child = await engineChild();
  await vm.ssh(`kill -9 ${child}`);
  const { status, headers } = await ask();
  // It may be back already.
  expect([200, 503]).toContain(status);
  if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  await expect.poll(chat, pickedUp).toBe(smokeAnswers.chat);
  expect(await engineChild()).not.toBe(child);
});

it('refuses a context that does not fit, with the largest that does', async () => {
  await change({ ONEAPP_COPILOT_CONTEXT_SIZE: '1000000' });
  await expect.poll(async () => (await status()).reason, pickedUp).toMatch(/made for at most \d+ tokens/);
  expect(await chat()).toBe(smokeAnswers.chat);
});

it('explains how it shares its memory out', async () => {
  const text = await vm.ssh('onepilot models explain || true');
  expect(text).toMatch(/machine +[\d.]+ [GM]iB +\d+ cores/);
  expect(text).toMatch(/weights/);
});
