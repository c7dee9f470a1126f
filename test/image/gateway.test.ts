import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageReport } from '../../src/gateway/ledger/usage-report.ts';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { trustAuthority } from '../../src/vm/proof.ts';
import { bodies, canary, malformed } from '../engine/support/canary-requests.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';

const keys = { chat: 'key-of-ana-who-only-chats', few: 'key-of-ben-with-few-requests' };

let vm: TestAppliance;
let admin: string;

beforeAll(async () => {
  vm = await startAppliance({
    ONEAPP_COPILOT_API_KEYS: [
      `[{name: ana, key: ${keys.chat}, scopes: chat},`,
      ` {name: ben, key: ${keys.few}, requests-per-minute: 2}]`,
    ].join(''),
    ONEAPP_COPILOT_OPEN_METADATA: 'YES',
    ONEAPP_COPILOT_USAGE_PRICE: '3/15 USD',
  });
  await vm.ready();
  const { key, authority } = await vm.endpoint();
  admin = key;
  await trustAuthority(authority);
});
afterAll(() => vm?.destroy());

async function ask(path: string, body?: object, key = admin) {
  const response = await fetch(`${vm.origin}${path}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { ...(key !== '' && { authorization: `Bearer ${key}` }), 'content-type': 'application/json' },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

const messages = [{ role: 'user', content: 'hello' }];

describe('one VM, every dialect', () => {
  it.each([
    ['/v1/chat/completions', { messages }],
    ['/v1/responses', { input: 'hello' }],
    ['/v1/messages', { messages, max_tokens: 100, model: 'claude-x' }],
    ['/api/chat', { messages, model: 'any', stream: false }],
    ['/api/generate', { prompt: 'hello', model: 'any', stream: false }],
  ])('%s says what the model says', async (path, body) => {
    const { status, text, headers } = await ask(path, body);
    expect(status).toBe(200);
    expect(text).toContain(JSON.stringify(smokeAnswers.chat).slice(1, -1));
    expect(headers.get('x-onepilot-served-by')).toBe('local');
  });

  it.each([
    ['/v1/completions', { prompt: 'a', suffix: 'b' }],
    ['/v1/fim/completions', { prompt: 'a', suffix: 'b' }],
    ['/infill', { input_prefix: 'a', input_suffix: 'b' }],
  ])('%s fills the gap', async (path, body) => {
    const { status, text } = await ask(path, body);
    expect(status).toBe(200);
    expect(text).toContain(JSON.stringify(smokeAnswers.fim).slice(1, -1));
  });

  it('Ollama’s questions about models need no key here, what a model is asked does', async () => {
    expect((await ask('/api/tags', undefined, '')).json().models).toHaveLength(1);
    expect((await ask('/api/chat', { messages, model: 'any' }, '')).status).toBe(401);
  });
});

describe('keys', () => {
  it('are good for their scopes alone', async () => {
    expect((await ask('/v1/chat/completions', { messages }, keys.chat)).status).toBe(200);
    const refused = await ask('/v1/completions', { prompt: 'a' }, keys.chat);
    expect(refused.status).toBe(403);
    expect(refused.json().error.code).toBe('scope_missing');
  });

  it('keep to their limits, and new ones do at once', async () => {
    const statuses = [];
    for (let index = 0; index < 3; index += 1) {
      statuses.push((await ask('/v1/chat/completions', { messages }, keys.few)).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    const added = (await vm.ssh('onepilot keys add cleo --scopes embed --expires 90d')).trim();
    expect((await ask('/v1/chat/completions', { messages }, added)).status).toBe(403);
  });
});

describe('the account', () => {
  it('tells a key of its own use and root of everybody’s, with what it would have cost', async () => {
    const { data } = UsageReport.parse((await ask('/v1/usage?group_by=key', undefined, keys.chat)).json());
    expect(data.map(({ key }) => key)).toEqual(['ana']);
    const text = await vm.ssh('onepilot usage --by key');
    expect(text).toMatch(/ana[\s\S]*ben/);
    expect(text).toContain('USD');
  });

  it('lies in a directory of the gateway’s alone', async () => {
    expect(await vm.ssh('stat -c "%a %U" /var/lib/onepilot-gateway')).toBe('700 onepilot-gateway');
  });

  it('outlives the gateway', async () => {
    const before = await vm.ssh('onepilot usage --by key --json');
    await vm.ssh(
      'systemctl kill -s KILL onepilot-gateway.service; sleep 3; systemctl start onepilot-gateway',
    );
    await vm.ready();
    expect(requestsIn(await vm.ssh('onepilot usage --by key --json'))).toBe(requestsIn(before));
  });

  it('is in numbers what Prometheus reads, with an admin’s key only', async () => {
    expect((await ask('/metrics', undefined, keys.chat)).status).toBe(403);
    const { status, text } = await ask('/metrics');
    expect(status).toBe(200);
    expect(text).toMatch(/^# TYPE onepilot_\w+ counter$/m);
  });
});

function requestsIn(json: string): number {
  const { data } = UsageReport.parse(JSON.parse(json));
  return data.reduce((sum, entry) => sum + entry.num_model_requests, 0);
}

it('without upstreams in the context nothing leads out', async () => {
  expect(await vm.ssh('systemctl is-active onepilot-egress.socket onepilot-egress.service || true')).toBe(
    'inactive\ninactive',
  );
  expect(await vm.ssh('ls /etc/onepilot')).not.toContain('upstreams.json');
});

it('what people say is nowhere afterwards: journal, disk, metrics, archive for a bug report', async () => {
  const statuses = new Set<number>();
  const say = async (path: string, body: string) => {
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
    const response = await fetch(`${vm.origin}${path}`, { method: 'POST', body, headers });
    await response.text();
    statuses.add(response.status);
  };
  // All of them at each path are said to the engine without a VM (test/engine/canary.test.ts).
  for (const [path, [body = {}]] of Object.entries(bodies)) await say(path, JSON.stringify(body));
  for (const body of malformed) await say('/v1/chat/completions', body);
  expect(statuses).toContain(200);
  expect(statuses).toContain(400);
  expect((await ask('/metrics')).text).not.toContain(canary);

  // So written that a command which looks for it is not what it finds.
  const pattern = `'${canary.slice(0, -1)}[${canary.at(-1)}]'`;
  await vm.ssh(
    'onepilot support /root/bug.tar.gz && mkdir /root/bug && tar -xzf /root/bug.tar.gz -C /root/bug',
  );
  expect(await vm.ssh('journalctl -a --no-pager -u onepilot-gateway | grep -c \'"msg":"request"\'')).not.toBe(
    '0',
  );
  const found = async () => [
    await vm.ssh(`journalctl -a --no-pager -o json | grep -a ${pattern} || true`),
    await vm.ssh(`grep -rla ${pattern} /etc /home /root /run /srv /tmp /var 2>/dev/null || true`),
    await vm.ssh(`find / -xdev -name '*${canary}*' || true`),
  ];
  expect(await found()).toEqual(['', '', '']);
  // It would have been found.
  await vm.ssh(`logger ${canary}; echo ${canary} >/var/tmp/${canary}`);
  for (const place of await found()) expect(place).toContain(canary);
});
