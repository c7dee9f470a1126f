import { stat } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EgressConfiguration } from '../../../src/egress/configuration.ts';
import { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { units } from '../../../src/machine/paths.ts';
import { goodContext, TemporaryWorld } from './temporary-world.ts';

let vm: TemporaryWorld;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
});
afterEach(() => vm.remove());

const upstreams = (key: string) =>
  `ONEAPP_COPILOT_UPSTREAMS='[{name: cloud, url: "https://canary.example/v1", key: ${key}, fallback: true, models: [{id: big}]}]'\n${goodContext}`;
const wrong = `ONEAPP_COPILOT_UPSTREAMS='canary'\n${goodContext}`;

const gateway = async () =>
  GatewayConfiguration.parse(JSON.parse(await vm.read(vm.paths.gatewayConfiguration)));
const exists = () =>
  stat(vm.paths.upstreams).then(
    () => true,
    () => false,
  );

/** What the units of the service were told. */
const orders = () => vm.commands.filter((command) => /engine|gateway|egress/.test(command));

test('without upstreams nothing leads out', async () => {
  await vm.setContext(goodContext);
  await vm.run();
  expect(vm.commands.filter((command) => command.includes('egress'))).toEqual([]);
  expect((await gateway()).upstreams).toBeUndefined();
  expect(await exists()).toBe(false);
});

test('address and key are for the egress alone, the gateway knows names', async () => {
  await vm.setContext(upstreams('canary-key'));
  expect((await vm.run()).state).toBe('ready');
  expect(EgressConfiguration.parse(JSON.parse(await vm.read(vm.paths.upstreams)))).toEqual({
    upstreams: [{ name: 'cloud', url: 'https://canary.example/v1', key: 'canary-key' }],
  });
  const { mode } = await stat(vm.paths.upstreams);
  expect(mode & 0o777).toBe(0o640);
  expect(vm.performed).toContainEqual({
    do: 'write',
    file: expect.objectContaining({ path: vm.paths.upstreams, uid: 0, gid: 991, secret: true }),
  });
  const { list } = (await gateway()).upstreams ?? {};
  expect(list).toMatchObject([{ name: 'cloud', fallback: true, models: [{ id: 'big' }] }]);
  expect(vm.active.has(units.egressSocket)).toBe(true);

  for (const [path, content] of await vm.snapshot()) {
    const isTheirs = path === '/etc/onepilot/upstreams.json' || path === '/context/context.sh';
    expect(content.includes('canary'), path).toBe(isTheirs);
  }
  expect(vm.lines.join('\n')).not.toContain('canary');

  await vm.run('reconcile');
  expect(vm.done).toEqual([]);
});

test('another key is taken up while streams go on', async () => {
  await vm.setContext(upstreams('canary-key'));
  await vm.run();
  vm.active.add(units.egress);
  vm.commands.length = 0;
  await vm.setContext(upstreams('another-key'));
  await vm.run('reconcile');
  expect(orders()).toEqual([`reload ${units.egress}`]);
  expect(await vm.read(vm.paths.upstreams)).toContain('another-key');
});

test('when they are taken away, the way out is closed and the keys are gone', async () => {
  await vm.setContext(upstreams('canary-key'));
  await vm.run();
  vm.active.add(units.egress);
  vm.commands.length = 0;
  await vm.setContext(goodContext);
  await vm.run('reconcile');
  expect(await exists()).toBe(false);
  expect((await gateway()).upstreams).toBeUndefined();
  expect(orders()).toEqual([`reload ${units.gateway}`, `stop ${units.egressSocket}`, `stop ${units.egress}`]);
});

test('a context that went wrong leaves them as they were, also after the next boot', async () => {
  await vm.setContext(upstreams('canary-key'));
  await vm.run();
  await vm.setContext(wrong);
  await vm.reboot();
  vm.commands.length = 0;
  expect((await vm.run()).state).toBe('degraded');
  expect(vm.commands).toContain(`start ${units.egressSocket}`);
  expect(await vm.read(vm.paths.upstreams)).toContain('canary-key');
});

test('a first context that is wrong leads nowhere, and does not quote what is wrong', async () => {
  await vm.setContext(wrong);
  expect((await vm.run()).state).toBe('failed');
  expect(await exists()).toBe(false);
  expect(vm.commands.filter((command) => command.includes('egress'))).toEqual([]);
  const { problems } = await gateway();
  expect(problems).toMatchObject([{ code: 'CONTEXT_BAD_UPSTREAMS', variable: 'ONEAPP_COPILOT_UPSTREAMS' }]);
  expect(JSON.stringify(problems)).not.toContain('canary');
});
