import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import type { Submission } from '../../../src/marketplace/submission.ts';
import type { ContextValues } from '../../../src/vm/context-disk.ts';
import { type Certification, certify, layOutCheckout } from '../../support/certification/checkout.ts';
import { startFrontEnd } from '../../support/certification/front-end.ts';
import { brokenVm, type PretendedVm, pretendVm, wellVm } from '../../support/certification/pretended-vm.ts';
import { imageFile, submissionOf } from '../../support/certification/submission.ts';
import { published } from './artefacts.ts';

// Each test runs some dozen programs, of which several are Ruby's.
vi.setConfig({ testTimeout: 60_000 });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-certification-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Certifies what was submitted, changed by `spoil`, with `vm` behind SSH. */
async function certified(
  vm: PretendedVm,
  spoil: (submission: Submission) => Submission = (submission) => submission,
) {
  const checkout = await layOutCheckout(directory, 'onepilot', spoil(await submissionOf(published())));
  const started: ContextValues[] = [];
  let stops = 0;
  const frontEnd = await startFrontEnd({
    directory,
    files: [imageFile],
    publicKey: 'ssh-ed25519 AAAA oneadmin',
    address: '192.0.2.7',
    userTemplate: vm.toldOneGate,
    async start(context) {
      started.push(context);
    },
    async stop() {
      stops += 1;
    },
  });
  try {
    const environment = { ...frontEnd.environment, ...(await pretendVm(frontEnd.commands, vm)) };
    const certification = await certify(checkout, 'onepilot', { commands: frontEnd.commands, environment });
    return { checkout, certification, started, stops: () => stops, asked: frontEnd.asked };
  } finally {
    await frontEnd.close();
  }
}

/** Replaces what stands in a file of the appliance and must stand there. */
function instead(file: string, from: string | RegExp, to: string) {
  return (submission: Submission): Submission => {
    const path = `appliances/onepilot/${file}`;
    const text = String(submission.get(path)?.content);
    const content = text.replace(from, to);
    if (content === text) throw new Error(`${path} has no ${from}.`);
    return new Map(submission).set(path, { content });
  };
}

function failedExamples({ examples }: Certification): string[] {
  return examples.filter(({ status }) => status === 'failed').map(({ description }) => description);
}

const spec = 'tests/00-onepilot_basic.rb';

test('the spec passes on a VM that is as it wants it, which gets the context of metadata.yaml and is ended', async () => {
  const { certification, started, stops, asked, checkout } = await certified(wellVm);
  expect(failedExamples(certification), certification.output).toEqual([]);
  expect(certification.exitCode, certification.output).toBe(0);
  expect(certification.summary).toMatchObject({ pending_count: 0, errors_outside_of_examples_count: 0 });
  expect(certification.summary.example_count).toBeGreaterThan(10);
  expect(started).toEqual([
    {
      SSH_PUBLIC_KEY: 'ssh-ed25519 AAAA oneadmin',
      NETWORK: 'YES',
      ONEAPP_COPILOT_CONTEXT_SIZE: '4096',
      ONEAPP_COPILOT_CPU_THREADS: '1',
      ONEAPP_COPILOT_OPEN_METADATA: 'YES',
    },
  ]);
  expect(asked).toContainEqual(['onevm', 'terminate', '--hard', '0']);
  expect(stops()).toBe(1);
  const context = await readFile(join(checkout, 'appliances/onepilot/context.yaml'), 'utf8');
  expect(parse(context)[':tests']).toHaveProperty(['debian12', ':image_name'], 'onepilot.qcow2');
});

test('every example fails on a VM that is wrong in everything', async () => {
  const impatient = instead(spec, /(def bootstrap_timeout\n\s+)\d+/, '$10');
  const { certification } = await certified(brokenVm, impatient);
  const all = certification.examples.map(({ description }) => description);
  expect(failedExamples(certification)).toEqual(all);
  expect(all).not.toEqual([]);
  expect(certification.exitCode).not.toBe(0);
});

test.each([
  ['a class that is nowhere', instead(spec, /^describe .*$/m, 'describe Community::AppHandler do')],
  [
    'a shared context that is nowhere',
    instead(spec, "include_context('vm_handler')", "include_context('vm')"),
  ],
  ['a library that is not there', instead(spec, 'lib/community/app_handler', 'lib/community/app-handler')],
  ['no section for the context', instead('metadata.yaml', '  :context:', '  :contexts:')],
  ['no VM template', instead('metadata.yaml', '  :template:', '  :templates:')],
  ['no section for the infrastructure', instead('metadata.yaml', ':infra:', ':infrastructure:')],
  ['keys that are no symbols', instead('metadata.yaml', ':app:', 'app:')],
])('a submission with %s fails while it is loaded', async (_, spoil) => {
  const { certification, started } = await certified(wellVm, spoil);
  expect(certification.exitCode, certification.output).not.toBe(0);
  expect(certification.summary.errors_outside_of_examples_count).toBe(1);
  expect(certification.summary.example_count).toBe(0);
  expect(started).toEqual([]);
});

test.each([
  ['no params', instead('metadata.yaml', '    :params:', '    :parameters:')],
  ['a name that no image has', instead('metadata.yaml', ':name: onepilot', ':name: one-pilot')],
  ['a value that core’s template grammar does not take', instead('metadata.yaml', '"4096"', '"4096 tokens"')],
  ['a VM template that the front-end lacks', instead('metadata.yaml', 'NAME: base', ':NAME: other')],
])('a submission with %s fails before there is a VM', async (_, spoil) => {
  const { certification, started } = await certified(wellVm, spoil);
  expect(certification.exitCode, certification.output).not.toBe(0);
  expect(failedExamples(certification)).toHaveLength(certification.summary.example_count);
  expect(started).toEqual([]);
});

test('params that the spec does not know of fail the examples that look for them', async () => {
  const { certification } = await certified(wellVm, instead('metadata.yaml', 'CPU_THREADS', 'THREADS'));
  expect(failedExamples(certification)).toEqual(['computes with as many threads as the context says']);
});
