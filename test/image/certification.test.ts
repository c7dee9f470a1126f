import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guestNetwork } from '../../src/vm/qemu.ts';
import { makeSshKey } from '../../src/vm/ssh.ts';
import { type Certification, certify, layOutCheckout } from '../support/certification/checkout.ts';
import { type FrontEnd, startFrontEnd } from '../support/certification/front-end.ts';
import { imageFile, submittedFiles } from '../support/certification/submission.ts';
import { makeRoutes } from '../support/certification/vm-route.ts';
import { startAppliance, type TestAppliance, type Workplace, workplace } from './support/appliance.ts';

let place: Workplace;
let frontEnd: FrontEnd;
let vm: TestAppliance | undefined;
let certification: Certification;

beforeAll(async () => {
  place = await workplace();
  const { directory, shell } = place;
  const checkout = await layOutCheckout(directory, 'onepilot', await submittedFiles());
  const oneadmin = await makeSshKey(directory, shell);
  const address = guestNetwork.ETH0_IP;
  let running = Number.NaN;
  frontEnd = await startFrontEnd({
    directory,
    files: [imageFile],
    publicKey: oneadmin.publicKey,
    address,
    async start(context) {
      vm = await startAppliance(context);
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
  const environment = { ...frontEnd.environment, ...routes.environment };
  certification = await certify(checkout, 'onepilot', { commands, environment });
  const seconds = ((await routes.firstAnswer()) - running) / 1000;
  console.log(`${certification.output}\nRUNNING to SSH: ${seconds.toFixed(1)} s; certification allows 60 s`);
});
afterAll(async () => {
  await vm?.destroy();
  await frontEnd?.close();
  await place?.remove();
});

describe('the marketplace’s certification', () => {
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
