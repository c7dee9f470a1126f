import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listModels } from '../../../../src/cli/commands/models/list.ts';
import { gibibyte } from '../../../../src/engine/sizing/memory.ts';
import { units } from '../../../../src/machine/paths.ts';
import { inspectDiskModel } from '../../../../src/models/download/inspect-disk-model.ts';
import { readModelFacts } from '../../../../src/models/gguf/read-facts.ts';
import { diskMount } from '../../../../src/models/store/disks.ts';
import { sourceKey } from '../../../../src/models/store/places.ts';
import { markRefused } from '../../../../src/models/store/refusals.ts';
import { inSourceTurn } from '../../../../src/models/store/turn.ts';
import { model, modelHash } from '../../models/download/support/fetching-inputs.ts';
import {
  applianceWithModels,
  call,
  downloads,
  fetchHalf,
  fetchIt,
  hubSource,
  id,
  serve,
  sourceWord,
  surroundings,
} from './models-appliance.ts';
import type { TemporaryAppliance } from './temporary-appliance.ts';

/** Changes one byte of the weights, and leaves the header and the size alone. */
/** Path of the record of the one model beside which it lies. */
function recordBeside(path: string): string {
  const stem = basename(path, '.gguf');
  const name = readdirSync(dirname(path)).find((entry) => entry.startsWith(stem) && entry.endsWith('.json'));
  return join(dirname(path), name ?? '');
}

function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
}

async function stateOf(appliance: TemporaryAppliance, model: string): Promise<unknown> {
  const { stdout } = await appliance.onepilot('models', 'list', '--json');
  const { models }: { models: { id: string; state: unknown }[] } = JSON.parse(stdout);
  return models.find((row) => row.id === model)?.state;
}

describe('onepilot models list', () => {
  it('shows what is here, where it is from, and what is done with it', async () => {
    const place = await applianceWithModels("ONEAPP_COPILOT_EMBED_MODEL='hf:acme/embed-GGUF/embed.gguf'");
    const { appliance } = place;
    await fetchIt(place);
    serve(appliance, { 'onepilot-smoke': `model = ${appliance.paths.models}/onepilot-smoke.gguf` });
    const { code, stdout } = await appliance.onepilot('models', 'list');
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "NAME            FOR             SIZE   LICENCE     STATE                 FROM
      onepilot-smoke  chat, complete  1 MiB  Apache-2.0  serving               image
      smoke-q8        chat, complete  1 MiB  -           ready                 hf:acme/smoke-GGUF/smoke-q8.gguf
      embed           -               -      -           wanted, not here yet  hf:acme/embed-GGUF/embed.gguf
      "
    `);
  });

  it('says how much of a file has arrived, and whether somebody is fetching it', async () => {
    const place = await applianceWithModels();
    await fetchHalf(place);
    expect((await place.appliance.onepilot('models', 'list')).stdout).toMatch(/ incomplete, 50 % here /);
    await inSourceTurn(place.appliance.paths.models, hubSource, { patience: 0 }, async () => {
      expect((await place.appliance.onepilot('models', 'list')).stdout).toMatch(/ fetching, 50 % /);
    });
  });

  it('says why the engine does not take a model', async () => {
    const place = await applianceWithModels(`ONEAPP_COPILOT_AI_MODEL='${sourceWord}'`);
    await fetchIt(place);
    const engine = 'of the test';
    await markRefused(place.appliance.paths.models, modelHash, 'it is of another kind', engine);
    expect(await stateOf(place.appliance, id)).toEqual({ state: 'refused', reason: 'it is of another kind' });
  });

  it('says why a model could not be fetched', async () => {
    const { appliance } = await applianceWithModels(`ONEAPP_COPILOT_AI_MODEL='${sourceWord}'`);
    expect(await stateOf(appliance, id)).toEqual({ state: 'wanted' });
    const progress = {
      state: 'failed',
      code: 'MODEL_FETCH_UNREACHABLE',
      what: 'No route.',
      fix: 'Find one.',
    };
    const file = { id, holds: 'model', source: sourceWord, key: sourceKey(hubSource), progress };
    appliance.put('/run/onepilot/models.json', { request: 'x', files: [file] });
    expect(await stateOf(appliance, id)).toEqual({ state: 'unfetchable', reason: 'No route.' });
  });

  it('does not call a model served that the engine lost, or whose engine is stopped', async () => {
    const { appliance } = await applianceWithModels();
    serve(appliance, { 'onepilot-smoke': `model = ${appliance.paths.models}/onepilot-smoke.gguf` });
    const what = 'The file of the model is damaged.';
    const absence = {
      model: 'onepilot-smoke',
      roles: [],
      state: 'failed',
      code: 'X',
      what,
      fix: '',
    } as const;
    const result = await listModels(call(appliance, []), surroundings({ absences: async () => [absence] }));
    expect(result.text).toContain(`failed: ${what}`);
    appliance.unitStates[units.engine] = 'inactive';
    expect(await stateOf(appliance, 'onepilot-smoke')).toEqual({ state: 'stopped' });
  });

  it('names with --all what could be fetched, and what has no room here', async () => {
    const { appliance } = await applianceWithModels();
    const small = { memory: 8 * gibibyte, cores: 4, numaNodes: 1, simd: 'AVX2' };
    const { json } = await listModels(
      call(appliance, [], { all: true }),
      surroundings({ engineMachine: async () => small }),
    );
    expect(json).toMatchObject({
      models: expect.arrayContaining([
        expect.objectContaining({ id: 'qwen3.5-4b', state: { state: 'absent', fits: true } }),
        expect.objectContaining({ id: 'mellum2-12b-instruct', state: { state: 'absent', fits: false } }),
      ]),
    });
  });
});

describe('onepilot models verify', () => {
  it('reads everything and says that it is fine', async () => {
    const place = await applianceWithModels();
    await fetchIt(place);
    const { code, stdout } = await place.appliance.onepilot('models', 'verify');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/onepilot-smoke +1 MiB +fine\nsmoke-q8 +1 MiB +fine\n/),
    ]);
  });

  it('names the file in which one byte has changed, and what to do', async () => {
    const place = await applianceWithModels();
    const { file } = await fetchIt(place);
    damage(join(place.appliance.paths.models, file));
    const { code, stdout } = await place.appliance.onepilot('models', 'verify', id);
    expect(code).toBe(1);
    const said = stdout.replace(/\s+/g, ' ');
    expect(said).toContain(`but should be ${modelHash}`);
    expect(said).toContain(`onepilot models remove --force ${id}.`);
  });

  it('does not send somebody to fetch a damaged model of the image', async () => {
    const { appliance } = await applianceWithModels();
    damage(join(appliance.paths.models, 'onepilot-smoke.gguf'));
    const { code, stdout } = await appliance.onepilot('models', 'verify', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).models).toMatchObject([{ problem: { code: 'COMMAND_BAKED_MODEL_DAMAGED' } }]);
  });

  it.each<[string, (path: string) => void, string]>([
    ['a file that was cut off', (path) => truncateSync(path, 1000), 'tells of another size'],
    ['a file that is gone', (path) => rmSync(path), 'its file is gone'],
    ['a file without its record', (path) => rmSync(recordBeside(path)), 'it has no record'],
    ['a record that is no JSON', (path) => appendFileSync(recordBeside(path), '}'), 'record is damaged'],
  ])('names %s, and remove cleans it up', async (_, harm, said) => {
    const place = await applianceWithModels();
    const { file } = await fetchIt(place);
    harm(join(place.appliance.paths.models, file));
    const { code, stdout } = await place.appliance.onepilot('models', 'verify', id);
    expect([code, stdout.replace(/\s+/g, ' ')]).toEqual([1, expect.stringContaining(said)]);
    expect(await place.appliance.onepilot('models', 'remove', id)).toMatchObject({ code: 0 });
    expect(downloads(place.appliance)).toEqual([]);
  });

  it('does not know a model that is not here', async () => {
    const { appliance } = await applianceWithModels();
    const { code, stderr } = await appliance.onepilot('models', 'verify', 'onepilot-smok');
    expect([code, stderr]).toEqual([1, expect.stringContaining('Did you mean onepilot-smoke?')]);
  });
});

describe('onepilot models remove', () => {
  it('deletes file and record, and says what that frees', async () => {
    const place = await applianceWithModels();
    await fetchIt(place);
    const { code, stdout } = await place.appliance.onepilot('models', 'remove', id);
    expect([code, stdout]).toEqual([0, 'smoke-q8 is removed. 1 MiB are free again.\n']);
    expect(downloads(place.appliance)).toEqual([]);
  });

  it('deletes what has arrived of a model', async () => {
    const place = await applianceWithModels();
    await fetchHalf(place);
    await place.appliance.onepilot('models', 'remove', id);
    expect(downloads(place.appliance)).toEqual([]);
  });

  it('refuses while the engine is told to serve the file, but for --force', async () => {
    const place = await applianceWithModels();
    const { file } = await fetchIt(place);
    const path = join(place.appliance.paths.models, file);
    serve(place.appliance, { chat: `model = ${path}` });
    const { code, stderr } = await place.appliance.onepilot('models', 'remove', id);
    expect([code, stderr]).toEqual([1, expect.stringContaining('COMMAND_MODEL_SERVED')]);
    expect(existsSync(path)).toBe(true);
    await place.appliance.onepilot('models', 'remove', '--force', id);
    expect([existsSync(path), existsSync(place.appliance.paths.lookAgain)]).toEqual([false, true]);
  });

  it('refuses while the file is an adapter of a model that is served', async () => {
    const place = await applianceWithModels();
    const { file } = await fetchIt(place);
    const path = join(place.appliance.paths.models, file);
    serve(place.appliance, { chat: `model = /elsewhere.gguf\nlora-scaled = /a.gguf:1,${path}:0.5` });
    expect((await place.appliance.onepilot('models', 'remove', id)).stderr).toContain('COMMAND_MODEL_SERVED');
  });

  it.each(['AI_MODEL', 'COMPLETE_MODEL', 'EMBED_MODEL', 'LORA_ADAPTERS'])(
    'refuses while %s of the context names it, and says so',
    async (name) => {
      const place = await applianceWithModels(`ONEAPP_COPILOT_${name}='${sourceWord}'`);
      await fetchIt(place);
      const { code, stderr } = await place.appliance.onepilot('models', 'remove', id);
      expect([code, stderr]).toEqual([1, expect.stringContaining(`ONEAPP_COPILOT_${name}`)]);
      expect(downloads(place.appliance)).toHaveLength(2);
    },
  );

  it('refuses while the file is being fetched', async () => {
    const place = await applianceWithModels();
    await fetchHalf(place);
    await inSourceTurn(place.appliance.paths.models, hubSource, { patience: 0 }, async () => {
      const { code, stderr } = await place.appliance.onepilot('models', 'remove', id);
      expect([code, stderr]).toEqual([1, expect.stringContaining('MODEL_FETCH_BUSY')]);
    });
    expect(downloads(place.appliance)).toHaveLength(2);
  });

  it.each([
    ['onepilot-smoke', 'COMMAND_MODEL_BAKED'],
    ['nobody', 'COMMAND_MODEL_UNKNOWN'],
    ['../../../etc/passwd', 'COMMAND_MODEL_UNKNOWN'],
  ])('refuses %s with %s', async (model, error) => {
    const { appliance } = await applianceWithModels();
    const { code, stderr } = await appliance.onepilot('models', 'remove', model);
    expect([code, stderr]).toEqual([1, expect.stringContaining(error)]);
  });
});

describe('a model on an attached disk', () => {
  const source = { kind: 'disk', label: 'MODELS', path: 'm/own.gguf' } as const;

  async function applianceWithDisk() {
    const { appliance } = await applianceWithModels();
    const root = diskMount(source.label, appliance.paths);
    const path = join(root, source.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, model);
    const store = appliance.paths.models;
    await inspectDiskModel({ source, id: 'own', root, store, inspect: readModelFacts });
    return { appliance, path };
  }

  it('is listed, and checked as far as its header tells', async () => {
    const { appliance, path } = await applianceWithDisk();
    expect((await appliance.onepilot('models', 'list')).stdout).toMatch(
      /own .* ready +disk:MODELS\/m\/own\.gguf\n/,
    );
    const verify = async () => {
      const { code, stdout } = await appliance.onepilot('models', 'verify', 'own');
      return [code, stdout.replace(/\s+/g, ' ')];
    };
    expect(await verify()).toEqual([0, expect.stringContaining('nobody gave a hash')]);
    truncateSync(path, 1000);
    expect(await verify()).toEqual([1, expect.stringContaining('has 1000 bytes instead of')]);
    rmSync(path);
    expect(await verify()).toEqual([1, expect.stringContaining('its disk is not attached')]);
  });

  it('is forgotten by remove, and its file stays', async () => {
    const { appliance, path } = await applianceWithDisk();
    expect((await appliance.onepilot('models', 'remove', 'own')).stdout).toContain(
      'its file stays on its disk',
    );
    expect([existsSync(path), downloads(appliance)]).toEqual([true, []]);
  });
});
