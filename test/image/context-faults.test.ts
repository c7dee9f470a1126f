import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { writeContextDisk } from '../../src/vm/context-disk.ts';
import { outcomeIn } from '../../src/vm/machine.ts';
import { guestNetwork } from '../../src/vm/qemu.ts';
import { bootTimeout, startAppliance, type TestAppliance, workplace } from './support/appliance.ts';

let vm: TestAppliance | undefined;
afterEach(async () => {
  await vm?.destroy();
  vm = undefined;
});

/** These VMs are reached without their authority being known: only the status matters. */
async function health(origin: string): Promise<number> {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    return (await fetch(`${origin}/health`)).status;
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
}

it('comes up without a context disk, and says so', async () => {
  vm = await startAppliance(undefined);
  await vm.ready();
  expect(await health(vm.origin)).toBe(200);
  expect(await vm.machine.console()).toMatch(/no context/i);
});

it('comes up with a context disk that is none', async () => {
  const { directory } = await workplace();
  const disk = join(directory, 'garbage.iso');
  await writeFile(disk, Buffer.alloc(4 << 20, 'garbage'));
  vm = await startAppliance(undefined, { brokenContextDisk: disk });
  await vm.ready();
  expect(await health(vm.origin)).toBe(200);
});

it('comes up with a context that breaks off, and says what is wrong', async () => {
  const { directory, shell } = await workplace();
  const disk = join(directory, 'broken.iso');
  await writeContextDisk(disk, "# Context\nONEAPP_COPILOT_API_PASSWORD='unfinished\n", shell);
  vm = await startAppliance(undefined, { brokenContextDisk: disk });
  await vm.ready();
  expect(await health(vm.origin)).toBe(200);
  const console = await vm.machine.console();
  expect(console).toContain('context.sh');
  expect(console).not.toContain('unfinished');
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
  expect(await health(vm.origin)).toBe(503);
  expect(outcomeIn(await vm.machine.console())?.state).toBe('failed');
});
