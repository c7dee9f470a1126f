import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { onTestFinished, vi } from 'vitest';
import type { Call } from '../../../../src/cli/commands/command.ts';
import type { Surroundings } from '../../../../src/cli/commands/models/surroundings.ts';
import { gibibyte } from '../../../../src/engine/sizing/memory.ts';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import { readModelFacts } from '../../../../src/models/gguf/read-facts.ts';
import type { BakedModel } from '../../../../src/models/image-facts.ts';
import type { ModelRecord } from '../../../../src/models/record.ts';
import { writeSmokeModel } from '../../../../src/models/smoke/write.ts';
import type { HubSource } from '../../../../src/models/source.ts';
import { partialsOf } from '../../../../src/models/store/partials.ts';
import { type HubDouble, startHub } from '../../../support/hub/server.ts';
import { model, quick } from '../../models/download/support/fetching-inputs.ts';
import { TemporaryAppliance } from './temporary-appliance.ts';

export const repository = 'acme/smoke-GGUF';
export const path = 'smoke-q8.gguf';
export const sourceWord = `hf:${repository}/${path}`;
export const hubSource: HubSource = {
  kind: 'hub',
  owner: 'acme',
  repository: 'smoke-GGUF',
  file: path,
  revision: 'main',
};
/** What the hub's model is called here. */
export const id = 'smoke-q8';
export const token = 'hf_a-token-that-nobody-may-see';

/** An appliance whose image has the smoke model, and a hub that it is told to fetch from. */
export interface ApplianceWithModels {
  readonly appliance: TemporaryAppliance;
  readonly hub: HubDouble;
  readonly baked: BakedModel;
}

/** @param context Further lines of its context. */
export async function applianceWithModels(context = '', isGated = false): Promise<ApplianceWithModels> {
  const appliance = new TemporaryAppliance();
  onTestFinished(() => appliance.remove());
  const hub = await startHub({ files: [{ repository, path, content: model, isGated }], token });
  onTestFinished(() => hub.close());
  const baked = await writeSmokeModel(appliance.paths.models);
  appliance.put('/usr/share/onepilot/image.json', {
    version: '0.3.0',
    profile: 'smoke',
    builtAt: 1,
    engine: 'of the test',
    models: [{ ...baked, licence: 'Apache-2.0' }],
  });
  cpSync('appliance/catalogue.yaml', appliance.paths.catalogue);
  appliance.context = `ONEAPP_COPILOT_MODEL_MIRROR='${hub.url}'\n${context}\n`;
  return { appliance, hub, baked };
}

/** The model of the hub in the store of the appliance, as the agent fetches it. */
export function fetchIt({ appliance, hub }: ApplianceWithModels, signal?: AbortSignal): Promise<ModelRecord> {
  mkdirSync(appliance.paths.models, { recursive: true });
  const store = appliance.paths.models;
  const request = { source: hubSource, id, store, mirror: hub.url, inspect: readModelFacts };
  return fetchModel(request, { times: quick, signal });
}

/** Leaves half of the hub's model in the store. */
export async function fetchHalf(place: ApplianceWithModels): Promise<void> {
  const controller = new AbortController();
  place.hub.fault({ kind: 'stall', after: half });
  const fetching = fetchIt(place, controller.signal).catch(() => {});
  await vi.waitUntil(async () => (await partialsOf(place.appliance.paths.models))[0]?.received === half);
  controller.abort(new Error('left'));
  await fetching;
}

const half = Math.floor(model.length / 2);

/** The engine is told to serve these files. */
export function serve(appliance: TemporaryAppliance, sections: Readonly<Record<string, string>>): void {
  const text = Object.entries(sections).map(([name, options]) => `[${name}]\n${options}\n`);
  appliance.put('/etc/onepilot/engine.ini', `; made for a test\nversion = 1\n\n${text.join('\n')}`);
}

/** One call of a command without the table. */
export function call(
  { world }: TemporaryAppliance,
  words: readonly string[],
  options: Readonly<Record<string, string | true>> = {},
): Call {
  return {
    words,
    world,
    json: false,
    flag: (name) => options[name] === true,
    value: (name) => {
      const value = options[name];
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/** A machine of 16 GiB on which nobody asks anything. */
export function surroundings(more: Partial<Surroundings> = {}): Surroundings {
  return {
    engineMachine: async () => ({ memory: 16 * gibibyte, cores: 8, numaNodes: 1, simd: 'AVX2' }),
    availableMemory: () => 8 * gibibyte,
    requestsInFlight: async () => 0,
    absences: async () => [],
    onInterrupt: () => ({ signal: new AbortController().signal, release: () => {} }),
    rewriteLine: undefined,
    ...more,
  };
}

/** Names of what lies among the downloads. */
export function downloads({ paths }: TemporaryAppliance): readonly string[] {
  return readdirSync(`${paths.models}/downloads`).toSorted();
}
