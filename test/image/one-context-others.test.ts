import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeModelDisk } from '../../src/builder/stages/model-disk.ts';
import { modelDiskContext } from '../../src/models/model-disk.ts';
import { writeSmokeModel } from '../../src/models/smoke/write.ts';
import type { ContextValues } from '../../src/vm/context-disk.ts';
import { attachDisk } from '../../src/vm/hotplug.ts';
import type { OneGateDouble } from '../support/onegate/server.ts';
import type { TestAppliance } from './support/appliance.ts';
import {
  applied,
  bootCertified,
  contextualized,
  failedOfOurs,
  identity,
  mainPid,
  oneGateFor,
  state,
} from './support/one-context.ts';

/** Machine and host keys of the first VM here. */
let first: readonly string[] = [];

describe('a VM that is not asked to report', () => {
  let vm: TestAppliance;
  let oneGate: OneGateDouble;
  let context: ContextValues;

  const change = async (values: ContextValues) => {
    context = { ...context, ...values };
    await vm.changeContext(context);
  };

  beforeAll(async () => {
    const gate = await oneGateFor('8');
    oneGate = gate.oneGate;
    context = {
      ...gate.context,
      START_SCRIPT_BASE64: Buffer.from('echo ok >/tmp/start_script_base64').toString('base64'),
      START_SCRIPT: 'echo ok >/tmp/start_script',
      TIMEZONE: 'Europe/Madrid',
    };
    vm = await bootCertified(context);
    await contextualized(vm);
    first = (await vm.ssh(identity)).split('\n');
  });
  afterAll(async () => {
    await vm?.destroy();
    await oneGate?.close();
  });

  it('tells OneGate how it is, and nothing of READY', async () => {
    await expect.poll(() => oneGate.userTemplate.ONEAPP_COPILOT_STATE, applied).toBe('ready');
    expect(oneGate.userTemplate.READY).toBeUndefined();
  });

  it('ran the start script in Base64 in place of the other', async () => {
    expect(await vm.ssh('cat /tmp/start_script_base64; ls /tmp/start_script || true')).toBe('ok');
  });

  it('lives in the time zone of its context', async () => {
    expect(await vm.ssh("date '+%Z'")).toMatch(/^CES?T$/);
  });

  it('does not report READY where its ready script fails, and gives the lock back all the same', async () => {
    await change({ REPORT_READY: 'YES', READY_SCRIPT: 'touch /tmp/asked; false' });
    await expect.poll(() => vm.ssh('ls /tmp/asked || true'), applied).toBe('/tmp/asked');
    await contextualized(vm);
    expect(oneGate.userTemplate.READY).toBeUndefined();
    expect(await state(vm)).toBe('ready');
  });

  it('takes swap into use that is attached while it runs', async () => {
    const swap = join(vm.directory, 'swap.raw');
    await vm.shell.run(['truncate', '-s', '100M', swap]);
    await vm.shell.run(['mkswap', '-q', swap]);
    const engine = await mainPid(vm, 'onepilot-engine');
    await attachDisk(vm.machine, 'swap', swap, { writable: true });
    await expect.poll(() => vm.ssh('cat /proc/swaps'), applied).toMatch(/^\/dev\/vd/m);
    await contextualized(vm);
    expect(await mainPid(vm, 'onepilot-engine')).toBe(engine);
  });

  it('serves the models of a disk that is attached while it runs', async () => {
    const directory = join(vm.directory, 'models');
    const disk = join(vm.directory, 'models.raw');
    await mkdir(directory);
    const model = await writeSmokeModel(directory);
    await makeModelDisk(directory, disk, (await stat(join(directory, model.file))).size, vm.shell);
    await change({ ...modelDiskContext([model]), REPORT_READY: '', READY_SCRIPT: '' });
    await expect.poll(() => state(vm), applied).toBe('degraded');
    await attachDisk(vm.machine, 'models', disk);
    await expect
      .poll(() => vm.ssh('grep ^model /etc/onepilot/engine.ini'), applied)
      .toContain('/run/onepilot/disks/ONEPILOT-MODELS/');
    await expect.poll(() => state(vm), applied).toBe('ready');
  });
});

describe('a VM too small for its model', () => {
  let vm: TestAppliance;
  beforeAll(async () => {
    vm = await bootCertified({ SET_HOSTNAME: 'small' }, 512);
    await contextualized(vm);
  });
  afterAll(() => vm?.destroy());

  it('says so wherever somebody looks, and does not hang', async () => {
    expect(await state(vm)).toBe('failed');
    for (const text of [
      await vm.machine.console(),
      await vm.ssh('cat /etc/motd'),
      await vm.ssh('cat /etc/one-appliance/config'),
    ]) {
      expect(text).toMatch(/need a VM with at least 0\.\d GiB of memory/);
    }
    expect(await vm.ssh('cat /etc/one-appliance/status')).toBe('configure_failure');
  });

  it('is reachable and what its context says beside that', async () => {
    expect(await vm.ssh('hostname')).toBe('small');
    expect(await vm.ssh(failedOfOurs)).toBe('');
  });

  it('is no copy of the other VM of the same image', async () => {
    const second = (await vm.ssh(identity)).split('\n');
    expect(first.length).toBeGreaterThan(2);
    expect(second.filter((line) => first.includes(line))).toEqual([]);
  });
});
