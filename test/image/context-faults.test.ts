import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeContextDisk } from '../../src/vm/context-disk.ts';
import { httpsStatus } from '../../src/vm/https-answer.ts';
import { outcomeIn } from '../../src/vm/machine.ts';
import { guestNetwork } from '../../src/vm/qemu.ts';
import {
  bootTimeout,
  startAppliance,
  type TestAppliance,
  type Workplace,
  workplace,
} from './support/appliance.ts';

let vm: TestAppliance | undefined;
/** Where a context disk is made. */
let place: Workplace;
beforeEach(async () => {
  place = await workplace();
});
afterEach(async () => {
  await vm?.destroy();
  vm = undefined;
  await place.remove();
});

/** What the console says where a key was generated (src/report/report.ts). */
const generatedKey = 'API key: run "onepilot key" as root';

const health = ({ machine }: TestAppliance) => httpsStatus(machine.shape.ports.https, '/health');

it('comes up without a context disk, and says so', async () => {
  vm = await startAppliance(undefined);
  await vm.ready();
  expect(await health(vm)).toBe(200);
  expect(await vm.machine.console()).toContain('No OpenNebula context was found');
});

it('comes up with a context disk that is none', async () => {
  const disk = join(place.directory, 'garbage.iso');
  await writeFile(disk, Buffer.alloc(4 << 20, 'garbage'));
  vm = await startAppliance(undefined, { brokenContextDisk: disk });
  await vm.ready();
  expect(await health(vm)).toBe(200);
  const console = await vm.machine.console();
  // Without its label it is nobody's context disk.
  expect(console).toContain('No OpenNebula context was found');
  expect(console).toContain(generatedKey);
});

it('comes up with a context that breaks off, and says what is wrong', async () => {
  const disk = join(place.directory, 'broken.iso');
  await writeContextDisk(disk, "# Context\nONEAPP_COPILOT_API_PASSWORD='unfinished\n", place.shell);
  vm = await startAppliance(undefined, { brokenContextDisk: disk });
  await vm.ready();
  expect(await health(vm)).toBe(200);
  const console = await vm.machine.console();
  expect(console).toContain('context.sh has something in line 2');
  expect(console).not.toContain('unfinished');
  // Half a context gives no settings: not the password, which may be half too.
  expect(console).toContain(generatedKey);
});

it('refuses a context size that is no number, in every place an admin looks, with SSH open', async () => {
  vm = await startAppliance({ ...guestNetwork, ONEAPP_COPILOT_CONTEXT_SIZE: 'plenty' });
  const outcome = await vm.machine.outcome(bootTimeout, AbortSignal.timeout(bootTimeout * 1000));
  expect(outcome.state).toBe('failed');
  const ssh = vm.ssh;
  await expect
    .poll(() => ssh('true').then(() => 'open', String), { timeout: 60_000, interval: 2000 })
    .toBe('open');
  expect(await vm.ssh('cat /etc/one-appliance/status')).toBe('configure_failure');
  for (const text of [
    await vm.machine.console(),
    await vm.ssh('cat /etc/one-appliance/config'),
    await vm.ssh('cat /etc/motd'),
  ]) {
    expect(text).toContain('ONEAPP_COPILOT_CONTEXT_SIZE');
  }
  expect(await health(vm)).toBe(503);
  expect(outcomeIn(await vm.machine.console())?.state).toBe('failed');

  // Corrected on the running VM, it heals.
  await vm.changeContext({ ONEAPP_COPILOT_CONTEXT_SIZE: '8192' });
  const running = vm;
  await expect.poll(() => health(running), { timeout: 60_000, interval: 1000 }).toBe(200);
  await expect
    .poll(() => ssh('cat /etc/one-appliance/status'), { timeout: 60_000, interval: 1000 })
    .toBe('bootstrap_success');
  expect(await ssh('systemctl --failed --no-legend')).toBe('');
  expect(outcomeIn(await vm.machine.console())?.state).toBe('ready');
});
