import { afterEach, expect, it } from 'vitest';
import { prove } from '../../src/vm/proof.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';

let vm: TestAppliance | undefined;
afterEach(async () => {
  await vm?.destroy();
  vm = undefined;
});

/** The engine's library for a CPU level, as the running process has it mapped. */
const variant = "cat /proc/$(pgrep -n llama-server)/maps | grep -o 'libggml-cpu-[a-z0-9]*' | sort -u";

// qemu64 is x86-64 with SSE3 and no more: the plainest model on which Node 24 itself runs.
it.each([
  ['qemu64', 'libggml-cpu-x64'],
  ['Nehalem', 'libggml-cpu-sse42'],
])('answers on -cpu %s with the engine variant %s', async (cpuModel, library) => {
  vm = await startAppliance({}, { cpuModel });
  await vm.ready();
  await prove(await vm.endpoint());
  expect(await vm.ssh(variant)).toBe(library);
});

it('boots under UEFI firmware too', async () => {
  vm = await startAppliance({}, { firmware: 'uefi' });
  await vm.ready();
  expect(await vm.ssh('test -d /sys/firmware/efi && echo uefi')).toBe('uefi');
  await prove(await vm.endpoint());
});
