import { readFile, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchModelsStep } from '../../../src/bootstrap/fetch-models-step.ts';
import { units } from '../../../src/machine/paths.ts';
import { writeGguf } from '../../../src/models/gguf/writer.ts';
import { Fetching } from '../../../src/models/progress.ts';
import { randomModel } from '../../../src/models/smoke/write.ts';
import { markRefused } from '../../../src/models/store/refusals.ts';
import { type HubDouble, sha256Of, startHub } from '../../support/hub/server.ts';
import { TemporaryWorld } from './temporary-world.ts';

const model = randomModel();
/** An adapter that leaves a model of that width as it is. */
const adapter = (width: number) =>
  writeGguf(
    {
      'general.architecture': { kind: 'string', value: 'qwen2' },
      'general.type': { kind: 'string', value: 'adapter' },
      'adapter.type': { kind: 'string', value: 'lora' },
      'adapter.lora.alpha': { kind: 'float32', value: 1 },
    },
    [
      { name: 'blk.0.attn_q.weight.lora_a', dimensions: [width, 1], data: new Float32Array(width) },
      { name: 'blk.0.attn_q.weight.lora_b', dimensions: [1, width], data: new Float32Array(width) },
    ],
  );
let vm: TemporaryWorld;
let hub: HubDouble;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
  hub = await startHub({
    token: 'hf_canary',
    files: [
      { repository: 'team/models', path: 'New.gguf', content: model, isGated: true },
      { repository: 'team/models', path: 'Style.gguf', content: adapter(64) },
      { repository: 'team/models', path: 'Narrow.gguf', content: adapter(32) },
    ],
  });
});
afterEach(async () => {
  await hub.close();
  await vm.remove();
});

const wish = (more = '', name = 'hf:team/models/New.gguf') =>
  vm.setContext(
    `ONEAPP_COPILOT_AI_MODEL='${name}'\nONEAPP_COPILOT_MODEL_MIRROR='${hub.url}'\nONEAPP_COPILOT_MODEL_TOKEN='hf_canary'\n${more}`,
  );
const fetch = () =>
  fetchModelsStep(
    vm.paths,
    vm.world.system,
    { progress: async (line) => void vm.lines.push(line), now: vm.world.now },
    new AbortController().signal,
  );
const preset = () => vm.read(vm.paths.enginePreset);
const status = async () => (await vm.status())?.warnings.map(({ code }) => code);

describe('a model that the context names', () => {
  it('is fetched by a unit of its own, while the image’s is served', async () => {
    await wish();
    expect(await vm.run()).toMatchObject({ state: 'ready' });
    expect(vm.commands).toContain(`restart ${units.fetchModels}`);
    expect(await preset()).toContain('[smoke]');
    expect(await status()).toContain('MODEL_BEING_FETCHED');
  });

  it('takes over once it is here, and the run after that changes nothing', async () => {
    await wish();
    await vm.run();
    expect(await fetch()).toEqual([]);
    expect(await vm.read(vm.paths.lookAgain)).toBe('');
    vm.active.delete(units.fetchModels);

    expect(await vm.run('reconcile')).toMatchObject({ state: 'ready' });
    expect(vm.done).toContain(`restart: ${units.engine}`);
    expect(await preset()).toContain('[new]');
    expect(await preset()).toContain('/downloads/new.');
    expect(await status()).not.toContain('MODEL_BEING_FETCHED');

    vm.commands.length = 0;
    await vm.run('reconcile');
    expect(vm.done).toEqual([]);
    expect(vm.commands).toEqual([]);
  });

  it('is told of as it comes, without its token', async () => {
    await wish();
    await fetch();
    expect(vm.lines).toContain('new: here, and what it should be');
    const text = await readFile(vm.paths.fetching, 'utf8');
    expect(Fetching.parse(JSON.parse(text)).files).toMatchObject([
      { id: 'new', progress: { state: 'done' } },
    ]);
    expect(text + vm.lines.join()).not.toContain('hf_canary');
    // What depends on the token and names repositories is for root and the gateway.
    expect((await stat(vm.paths.fetching)).mode & 0o777).toBe(0o640);
  });

  it('that cannot be had leaves the image’s in place, says why, and is not asked for at every run', async () => {
    await wish('', 'hf:team/models/Absent.gguf');
    await vm.run();
    expect(await fetch()).toEqual([expect.stringMatching(/^absent: /)]);
    vm.active.delete(units.fetchModels);
    vm.commands.length = 0;

    expect(await vm.run('reconcile')).toMatchObject({
      state: 'degraded',
      reason: expect.stringMatching(/absent/),
    });
    expect(await preset()).toContain('[smoke]');
    expect(vm.commands).not.toContain(`restart ${units.fetchModels}`);

    await wish();
    await vm.run('reconcile');
    expect(vm.commands).toContain(`restart ${units.fetchModels}`);
  });

  it('has an adapter that cannot be had: it is served without, and why is told', async () => {
    await vm.setContext(
      `ONEAPP_COPILOT_LORA_ADAPTERS='hf:team/adapters/Absent.gguf'\nONEAPP_COPILOT_MODEL_MIRROR='${hub.url}'\n`,
    );
    expect(await vm.run()).toMatchObject({ state: 'ready' });
    expect(await status()).toContain('ADAPTER_NOT_HERE');
    await fetch();
    vm.active.delete(units.fetchModels);
    expect(await vm.run('reconcile')).toMatchObject({
      state: 'degraded',
      reason: expect.stringContaining('does not give out hf:team/adapters/Absent.gguf'),
    });
    expect(await status()).toEqual(['ADAPTER_NOT_FETCHED']);
  });

  it('is not fetched any more when nobody wants it', async () => {
    await wish();
    await vm.run();
    expect(vm.active).toContain(units.fetchModels);
    await vm.setContext('');
    await vm.run('reconcile');
    expect(vm.commands).toContain(`stop ${units.fetchModels}`);
  });

  it('gives way to the image’s when the engine cannot load it', async () => {
    await wish();
    await vm.run();
    await fetch();
    vm.active.delete(units.fetchModels);
    vm.health = { status: 503, state: 'failed' };
    vm.failedModels.set('new', { code: 'MODEL_TOO_BIG', what: 'It does not fit.', fix: '' });
    expect(await vm.run('reconcile')).toMatchObject({ state: 'failed' });
    expect(await vm.read(vm.paths.lookAgain)).toBe('');

    vm.health = { status: 200, state: 'ok' };
    vm.failedModels.clear();
    expect(await vm.run('reconcile')).toMatchObject({
      state: 'degraded',
      reason: expect.stringContaining('It does not fit.'),
    });
    expect(await preset()).toContain('[smoke]');

    // More memory takes the reason away.
    vm.hardware = { ...vm.hardware, memory: 2 * vm.hardware.memory };
    await vm.run('reconcile');
    expect(await preset()).toContain('[new]');
  });

  it('loses its adapters before it is given up, and keeps serving when they were the reason', async () => {
    const adapter = "ONEAPP_COPILOT_LORA_ADAPTERS='hf:team/models/Style.gguf'";
    await wish(adapter);
    await vm.run();
    expect(await fetch()).toEqual([]);
    vm.active.delete(units.fetchModels);
    vm.health = { status: 503, state: 'failed' };
    vm.failedModels.set('new', { code: 'MODEL_LOAD_FAILED', what: 'It did not load.', fix: '' });
    await vm.run('reconcile');
    expect(await preset()).toContain('lora');

    vm.health = { status: 200, state: 'ok' };
    vm.failedModels.clear();
    expect(await vm.run('reconcile')).toMatchObject({ state: 'degraded' });
    expect(await preset()).toContain('[new]');
    expect(await preset()).not.toContain('lora');
    expect(await status()).toEqual(['ADAPTER_REFUSED_BY_ENGINE']);
  });

  it('has an adapter made for another shape: it is served without from the first', async () => {
    await wish("ONEAPP_COPILOT_LORA_ADAPTERS='hf:team/models/Narrow.gguf'");
    await vm.run();
    expect(await fetch()).toEqual([]);
    vm.active.delete(units.fetchModels);
    await vm.run('reconcile');
    expect(await preset()).toContain('[new]');
    expect(await preset()).not.toContain('lora');
    expect(await status()).toEqual(['ADAPTER_DOES_NOT_FIT']);
  });

  it('is tried again with another engine', async () => {
    await wish();
    await fetch();
    await markRefused(vm.paths.models, sha256Of(model), 'It is new.', 'another engine');
    await vm.run();
    expect(await preset()).toContain('[new]');
  });

  it('that is too big for this machine is refused before a byte is fetched', async () => {
    vm.hardware = { ...vm.hardware, memory: 2 ** 30 };
    await vm.write(vm.paths.catalogue, await readFile('appliance/catalogue.yaml', 'utf8'));
    await wish('', 'qwen3.5-9b');
    expect(await vm.run()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('need a VM with at least'),
    });
    expect(vm.commands).not.toContain(`restart ${units.fetchModels}`);
    expect(hub.requests).toEqual([]);
  });
});
