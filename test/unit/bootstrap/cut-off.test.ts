import { afterEach, beforeEach, expect, test } from 'vitest';
import { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { verifyKey } from '../../../src/keys/record.ts';
import { units } from '../../../src/machine/paths.ts';
import { goodContext, TemporaryWorld } from './temporary-world.ts';

const withPassword = `ONEAPP_COPILOT_API_PASSWORD='correct-horse-battery'\n${goodContext}`;

let vm: TemporaryWorld;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
});
afterEach(() => vm.remove());

test('a run cut off before any action is completed by the next one', async () => {
  await vm.setContext(withPassword);
  await vm.run();
  const change = async (world: TemporaryWorld) => {
    world.address = '10.0.0.6';
    const changed = withPassword.replaceAll('10.0.0.5', '10.0.0.6').replaceAll('battery', 'staple');
    await world.setContext(`ONEAPP_COPILOT_CPU_THREADS='1'\n${changed}`);
  };
  await change(vm);
  vm.active.add(units.network);
  await vm.run();
  const actions = vm.performed.length;
  expect(actions).toBeGreaterThan(8);

  for (let cut = 0; cut < actions; cut += 1) {
    const other = await TemporaryWorld.make();
    try {
      await other.setContext(withPassword);
      await other.run();
      await change(other);
      other.active.add(units.network);
      other.commands.length = 0;
      other.cutBefore = cut;
      expect((await other.run()).state, `cut ${cut}`).not.toBe('ready');
      other.cutBefore = Number.POSITIVE_INFINITY;
      expect((await other.run()).state).toBe('ready');
      expect(other.commands).toContain(`restart ${units.engine}`);
      for (const unit of [units.gateway, units.network]) expect(other.commands).toContain(`reload ${unit}`);
      await other.run();
      expect(other.done).toEqual([]);
      const [record] = GatewayConfiguration.parse(
        JSON.parse(await other.read(other.paths.gatewayConfiguration)),
      ).keys;
      expect(record && (await verifyKey('correct-horse-staple', record))).toBe(true);
    } finally {
      await other.remove();
    }
  }
});

test('a first boot whose power is cut before any action is completed by the next boot', async () => {
  await vm.setContext(withPassword);
  await vm.run();
  const [actions, whole] = [vm.performed.length, [...(await vm.snapshot()).keys()].sort()];
  expect(actions).toBeGreaterThan(12);

  for (let cut = 0; cut < actions; cut += 1) {
    const other = await TemporaryWorld.make();
    try {
      await other.setContext(withPassword);
      other.cutBefore = cut;
      expect((await other.run()).state, `cut ${cut}`).not.toBe('ready');
      await other.reboot();
      other.cutBefore = Number.POSITIVE_INFINITY;
      expect((await other.run()).state, `cut ${cut}`).toBe('ready');
      expect([...(await other.snapshot()).keys()].sort(), `cut ${cut}`).toEqual(whole);
      await other.run('reconcile');
      expect(other.done, `cut ${cut}`).toEqual([]);
    } finally {
      await other.remove();
    }
  }
});
