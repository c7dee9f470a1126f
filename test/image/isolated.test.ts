import { afterEach, expect, it } from 'vitest';
import { bootTimeout, startAppliance, type TestAppliance } from './support/appliance.ts';

let vm: TestAppliance | undefined;
afterEach(async () => {
  await vm?.destroy();
  vm = undefined;
});

it('without network and with a wrong clock ends in a stated condition', async () => {
  vm = await startAppliance({}, { network: false, clock: '2019-01-01T00:00:00' });
  const outcome = await vm.machine.outcome(bootTimeout, AbortSignal.timeout(bootTimeout * 1000));
  expect(outcome.state).toBe('degraded');
  expect(outcome.text).toContain('no network address');
  const console = await vm.machine.console();
  expect(console).toContain('this machine has no network interface with that address');
  expect(console).toContain('before this image was built');
});
