import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findHypervisor } from '../../src/builder/hypervisor.ts';
import { readArtefact } from '../../src/marketplace/artefact.ts';
import { guestNetwork } from '../../src/vm/qemu.ts';
import { makeSshKey } from '../../src/vm/ssh.ts';
import { type Certification, certify, layOutCheckout } from '../support/certification/checkout.ts';
import { type FrontEnd, startFrontEnd } from '../support/certification/front-end.ts';
import { imageFile, submissionOf } from '../support/certification/submission.ts';
import { makeRoutes } from '../support/certification/vm-route.ts';
import { startAppliance, type TestAppliance, type Workplace, workplace } from './support/appliance.ts';
import { oneContextImage } from './support/one-context.ts';

describe('the marketplace’s certification of the image with one-context', () => {
  let place: Workplace;
  let frontEnd: FrontEnd;
  let vm: TestAppliance | undefined;
  let certification: Certification;

  beforeAll(async () => {
    place = await workplace();
    const { directory, shell } = place;
    const image = await oneContextImage();
    const submission = await submissionOf({
      ...(await readArtefact(image)),
      url: 'https://downloads.onepilot.eu/onepilot.qcow2',
    });
    const checkout = await layOutCheckout(directory, 'onepilot', submission);
    const oneadmin = await makeSshKey(directory, shell);
    const address = guestNetwork.ETH0_IP;
    let running = Number.NaN;
    frontEnd = await startFrontEnd({
      directory,
      files: [imageFile],
      publicKey: oneadmin.publicKey,
      address,
      async start(context) {
        vm = await startAppliance(context, { image, memory: 3072, cpus: 2, cpuModel: 'qemu64' });
        running = Date.now();
        await routes.lead({ address, port: vm.machine.shape.ports.ssh, key: oneadmin.path });
      },
      async stop() {
        await vm?.destroy();
        vm = undefined;
      },
    });
    const { commands } = frontEnd;
    const routes = await makeRoutes(commands);
    const { accelerator } = await findHypervisor(shell, AbortSignal.timeout(60_000));
    const ONE_PATIENCE = accelerator === 'kvm' ? '1' : '3';
    const environment = { ...frontEnd.environment, ...routes.environment, ONE_PATIENCE };
    certification = await certify(checkout, 'onepilot', { commands, environment });
    const seconds = ((await routes.firstAnswer()) - running) / 1000;
    console.log(
      `${certification.output}\nSSH ${seconds.toFixed(1)} s after RUNNING; certification allows 60 s`,
    );
  });
  afterAll(async () => {
    await vm?.destroy();
    await frontEnd?.close();
    await place?.remove();
  });

  it('passes with every example, none left out', () => {
    const notPassed = certification.examples.filter(({ status }) => status !== 'passed');
    expect(notPassed).toEqual([]);
    expect(certification.summary).toMatchObject({ pending_count: 0, errors_outside_of_examples_count: 0 });
    expect(certification.summary.example_count).toBeGreaterThan(10);
    expect(certification.exitCode).toBe(0);
  });

  it('boots the image that the submission names, once, and ends the VM', () => {
    const actions = frontEnd.asked.map(([command, action]) => `${command} ${action}`);
    expect(actions.filter((action) => action !== 'onevm show')).toEqual([
      'oneimage list',
      'oneimage create',
      'oneimage show',
      'onetemplate instantiate',
      'onevm terminate',
    ]);
    expect(vm).toBeUndefined();
  });
});
