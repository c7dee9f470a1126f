import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findHypervisor } from '../../../src/builder/hypervisor.ts';
import { checkout } from '../../../src/builder/places.ts';
import { loggingShell, type Shell } from '../../../src/builder/shell.ts';
import { openLog } from '../../../src/cli/log-file.ts';
import { type Appliance, type BootRequest, boot, waitUntilReady } from '../../../src/vm/boot.ts';
import { freePort } from '../../../src/vm/ports.ts';

/** Seconds a VM may take here; a loaded machine under emulation needs a multiple of the usual half minute. */
export const bootTimeout = 240;

/** The image under test: `ONEPILOT_IMAGE`, else what `npm run image` wrote last. */
export async function imageUnderTest(): Promise<string> {
  const path = process.env.ONEPILOT_IMAGE || resolve(checkout, 'output/onepilot-smoke.qcow2');
  if (await stat(path).catch(() => undefined)) return path;
  throw new Error(`There is no image at ${path}. Run npm run image first, or set ONEPILOT_IMAGE.`);
}

/** A VM for a test, with the means to look into it. */
export interface TestAppliance extends Appliance {
  readonly shell: Shell;
  readonly directory: string;
  readonly origin: string;
  ready(): Promise<void>;
  /** Ends the VM and removes its files. */
  destroy(): Promise<void>;
}

/** A directory, a shell that logs into it, and what removes it. */
export interface Workplace {
  readonly directory: string;
  readonly shell: Shell;
  remove(): Promise<void>;
}

export async function workplace(): Promise<Workplace> {
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-image-test-'));
  const log = openLog(join(directory, 'test.log'));
  return {
    directory,
    shell: loggingShell(log.stream, AbortSignal.timeout(20 * 60_000)),
    async remove() {
      await log.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Boots the image under test, or another one. `context: undefined` means a VM without a context disk. */
export async function startAppliance(
  context: BootRequest['context'],
  shape: Partial<
    Pick<
      BootRequest,
      | 'image'
      | 'modelDisk'
      | 'cpuModel'
      | 'cpus'
      | 'firmware'
      | 'memory'
      | 'brokenContextDisk'
      | 'network'
      | 'clock'
    >
  > = {},
): Promise<TestAppliance> {
  const { directory, shell, remove } = await workplace();
  const signal = AbortSignal.timeout(20 * 60_000);
  const ports = { https: await freePort(), ssh: await freePort(), http: await freePort() };
  const appliance = await boot(
    {
      memory: 2048,
      ...shape,
      image: shape.image ?? (await imageUnderTest()),
      context,
      directory,
      hypervisor: await findHypervisor(shell, signal),
      ports,
    },
    shell,
  );
  return {
    ...appliance,
    shell,
    directory,
    origin: `https://127.0.0.1:${ports.https}`,
    ready: () => waitUntilReady(appliance, bootTimeout, signal),
    async destroy() {
      await appliance.machine.cutPower();
      await remove();
    },
  };
}
