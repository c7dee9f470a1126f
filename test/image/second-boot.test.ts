import { afterAll, beforeAll, expect, it } from 'vitest';
import { prove } from '../../src/vm/proof.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';

let vm: TestAppliance;

beforeAll(async () => {
  vm = await startAppliance({});
  await vm.ready();
});
afterAll(() => vm?.destroy());

/** Inode, size, mode and change time of what the agent writes: an untouched file keeps them all. */
const written =
  'find /etc/onepilot /var/lib/onepilot -type f -exec stat -c "%n %i %s %a %Z" {} + | sort; stat -c "%n %i" /root/.ssh/authorized_keys /etc/systemd/network/*';

it('keeps key, authority and every file over a reboot', async () => {
  const first = await vm.endpoint();
  expect(first.key).toMatch(/^sk-[A-Za-z0-9_-]{43}$/);
  expect(await vm.ssh('stat -c %a:%U /var/lib/onepilot/api-key')).toBe('600:root');
  expect(await vm.ssh('cat /etc/one-appliance/config')).toContain('onepilot key');
  const files = await vm.ssh(written);
  const bootId = await vm.ssh('cat /proc/sys/kernel/random/boot_id');

  await vm.machine.expectReboot();
  await vm.ssh('systemctl reboot').catch(() => undefined);
  await vm.ready();

  expect(await vm.ssh('cat /proc/sys/kernel/random/boot_id')).not.toBe(bootId);
  expect(await vm.ssh(written)).toBe(files);
  const second = await vm.endpoint();
  expect(second.key).toBe(first.key);
  await prove(second);
});
