import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import type { ContextValues } from '../../../src/vm/context-disk.ts';
import { freePort } from '../../../src/vm/ports.ts';
import { type OneGateDouble, startOneGate } from '../../support/onegate/server.ts';
import { bootTimeout, startAppliance, type TestAppliance } from './appliance.ts';

/** The image with one-context: `ONEPILOT_ONE_CONTEXT_IMAGE`, else what npm run image wrote last of that flavour. */
export async function oneContextImage(): Promise<string> {
  const { ONEPILOT_ONE_CONTEXT_IMAGE } = process.env;
  const path = ONEPILOT_ONE_CONTEXT_IMAGE || resolve(checkout, 'output/onepilot-smoke-one-context.qcow2');
  if (await stat(path).catch(() => undefined)) return path;
  throw new Error(
    `There is no image at ${path}. Run npm run image -- --contextualization one-context --one-context FILE.deb first ` +
      '(node test/support/one-context/make.ts DIR makes a FILE), or set ONEPILOT_ONE_CONTEXT_IMAGE.',
  );
}

/** A VM as the certification suite starts one of a service's image, on the plainest processor. */
const certified = { memory: 3072, cpus: 2, cpuModel: 'qemu64' } as const;

/**
 * Seconds after which a VM is given up: three times what certification allows, since this one is emulated. A good one
 * is there within 60.
 */
const deadline = 540;

/** Whether sshd greets on `port` of this host; a guest that is not there yet lets the connection hang. */
function sshGreets(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 10_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once('data', (greeting) => end(greeting.toString().startsWith('SSH-2.0')));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => done(false));
  });
}

/**
 * Waits until root can log in by key.
 * @returns seconds since `start` (performance.now())
 * @throws when that takes longer than a VM may
 */
export async function reachable(vm: TestAppliance, start: number): Promise<number> {
  const isOver = () => performance.now() - start > deadline * 1000;
  while (!(await sshGreets(vm.machine.shape.ports.ssh)) && !isOver()) await sleep(500);
  while (!isOver()) {
    if (
      await vm.ssh('true').then(
        () => true,
        () => false,
      )
    )
      return (performance.now() - start) / 1000;
    await sleep(500);
  }
  throw new Error(`No SSH within ${deadline} s.`);
}

/**
 * Waits until one-context has run its last stage and gave its lock back, as `wait_context` of the certification does.
 * @throws when that takes longer than it may
 */
export async function contextualized(vm: Pick<TestAppliance, 'ssh'>): Promise<void> {
  const end = performance.now() + bootTimeout * 1000;
  const look =
    'test -f /var/run/one-context/context.sh.network && test ! -d /var/run/one-context/one-context.lock';
  while (performance.now() < end) {
    if ((await vm.ssh(`${look} && echo done || echo waiting`)) === 'done') return;
    await sleep(500);
  }
  throw new Error(`one-context did not end within ${bootTimeout} s.`);
}

/**
 * Holds what certification asks of READY=YES: that it is there when one-context gives its lock back. On a host so slow
 * that the model answers only after the hook's patience (src/bootstrap/hook-patience.ts), it must come by itself.
 */
export async function expectReadyInTime(
  vm: Pick<TestAppliance, 'ssh'>,
  oneGate: OneGateDouble,
): Promise<void> {
  await contextualized(vm);
  const inTime = (await vm.ssh('cat /etc/one-appliance/status')) === 'bootstrap_success';
  if (!inTime) console.log('The model answered after one-context gave its lock back: this host is slow.');
  const patience = inTime ? { timeout: 3000, interval: 100 } : applied;
  await expect.poll(() => oneGate.userTemplate.READY, patience).toBe('YES');
}

/** A OneGate for one VM, and the variables of the context that lead there. */
export async function oneGateFor(vmid: string): Promise<{
  readonly oneGate: OneGateDouble;
  readonly context: Readonly<Record<'ONEGATE_ENDPOINT' | 'ONEGATE_TOKEN' | 'VMID', string>>;
}> {
  const token = `token-of-${vmid}`;
  const oneGate = await startOneGate({ host: '127.0.0.1', port: await freePort(), token, vmid });
  const { port } = new URL(oneGate.url);
  const context = { ONEGATE_ENDPOINT: `http://10.0.2.2:${port}`, ONEGATE_TOKEN: token, VMID: vmid };
  return { oneGate, context };
}

/** One-context runs its hooks for a change at once, and 30 seconds after a NIC has come. */
export const applied = { timeout: 240_000, interval: 1000 };

/** What tells one machine from another. */
export const identity =
  'cat /etc/machine-id; for key in /etc/ssh/ssh_host_*_key.pub; do cut -d " " -f 2 $key; done';

/** Failed units but for one of the package's, which a change that comes sooner ends while it sleeps. */
export const failedOfOurs =
  "systemctl --failed --no-legend --plain | grep -v '^one-context-reconfigure-delayed.service ' || true";

/** What the appliance says of itself. */
export const state = async (vm: TestAppliance) =>
  String(JSON.parse(await vm.ssh('onepilot status --json || true')).state);

/** The process of a unit: another one after a restart. */
export const mainPid = (vm: TestAppliance, unit: string) =>
  vm.ssh(`systemctl show -p MainPID --value ${unit}`);

/** Boots the image with one-context, and says how long it took to let root in. */
export async function bootCertified(
  context: ContextValues,
  memory: number = certified.memory,
): Promise<TestAppliance> {
  const start = performance.now();
  const vm = await startAppliance(context, { ...certified, memory, image: await oneContextImage() });
  const seconds = await reachable(vm, start).catch(async (error: unknown) => {
    await vm.destroy();
    throw error;
  });
  console.log(`one-context, ${memory} MiB, 2 × ${certified.cpuModel}: SSH after ${seconds.toFixed(1)} s`);
  return vm;
}
