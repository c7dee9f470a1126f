import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchModelsStep } from '../../../src/bootstrap/fetch-models-step.ts';
import { units } from '../../../src/machine/paths.ts';
import { fetchModel } from '../../../src/models/download/fetch-model.ts';
import { inspectModel } from '../../../src/models/inspect.ts';
import { Fetching } from '../../../src/models/progress.ts';
import { randomModel } from '../../../src/models/smoke/write.ts';
import type { RemoteSource } from '../../../src/models/source.ts';
import { partialsOf } from '../../../src/models/store/partials.ts';
import { type HubDouble, startHub } from '../../support/hub/server.ts';
import { TemporaryWorld } from './temporary-world.ts';

const model = randomModel();
const repository = 'team/models';
let vm: TemporaryWorld;
let hub: HubDouble;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
  hub = await startHub({
    files: [
      { repository, path: 'One.gguf', content: model },
      { repository, path: 'Two.gguf', content: Buffer.concat([model, Buffer.alloc(1)]) },
      { repository, path: 'Useless.gguf', content: new Uint8Array(300_000) },
    ],
  });
});
afterEach(async () => {
  await hub.close();
  await vm.remove();
});

const wish = (chat: string, complete?: string) =>
  vm.setContext(
    [
      `ONEAPP_COPILOT_MODEL_MIRROR='${hub.url}'`,
      `ONEAPP_COPILOT_AI_MODEL='hf:${repository}/${chat}'`,
      ...(complete === undefined ? [] : [`ONEAPP_COPILOT_COMPLETE_MODEL='hf:${repository}/${complete}'`]),
      '',
    ].join('\n'),
  );
const fetch = (
  progress: (line: string) => Promise<void> = async () => {},
  signal = new AbortController().signal,
) => fetchModelsStep(vm.paths, vm.world.system, { progress, now: vm.world.now }, signal);
/** Runs the unit until the first bytes of a file are here, and stops it. */
async function fetchPartly(): Promise<void> {
  const stop = new AbortController();
  hub.fault({ kind: 'stall', after: 100_000 });
  const stopping = fetch(async () => stop.abort(new Error('stopped')), stop.signal);
  await expect(stopping).rejects.toThrow('stopped');
  hub.calm();
}
const fetching = async () => Fetching.parse(JSON.parse(await vm.read(vm.paths.fetching)));
const starts = () => vm.commands.filter((command) => command === `restart ${units.fetchModels}`).length;
const pass = (hours: number) => {
  vm.time = new Date(vm.time.getTime() + hours * 3_600_000);
};

describe('the unit that fetches models', () => {
  it('says that it is over when it is stopped, and is started again for what is still missing', async () => {
    await wish('One.gguf');
    await fetchPartly();
    expect(await fetching()).toMatchObject({ endedAt: vm.time.toISOString() });
    await vm.run('reconcile');
    expect(starts()).toBe(1);
  });

  it('has each model taken up as it comes, and goes on with the next', async () => {
    await wish('One.gguf', 'Two.gguf');
    await vm.run();
    vm.commands.length = 0;
    const stop = new AbortController();
    let preset: string | undefined;
    const follow = async (line: string) => {
      if (line.startsWith('one: here')) hub.fault({ kind: 'stall', after: 100_000 });
      if (!line.startsWith('two: ')) return;
      expect(await vm.read(vm.paths.lookAgain)).toBe('');
      await vm.run('reconcile');
      preset = await vm.read(vm.paths.enginePreset);
      stop.abort(new Error('seen'));
    };
    await expect(fetch(follow, stop.signal)).rejects.toThrow('seen');
    expect(preset).toContain('[one]');
    expect(preset).not.toContain('[two]');
    expect(vm.commands.filter((command) => command.endsWith(units.fetchModels))).toEqual([]);
  });

  it('is started anew when one of two is not wanted any more', async () => {
    await wish('One.gguf', 'Two.gguf');
    await fetchPartly();
    vm.active.add(units.fetchModels);
    await wish('One.gguf');
    await vm.run('reconcile');
    expect(starts()).toBe(1);
  });

  it('does not fetch a useless file again until a day has passed or something else is asked for', async () => {
    await wish('Useless.gguf');
    expect(await fetch()).toHaveLength(1);
    const sent = hub.bytesSent;
    pass(1);
    expect(await fetch()).toHaveLength(1);
    await vm.run('reconcile');
    expect(starts()).toBe(0);
    expect(hub.bytesSent).toBe(sent);

    pass(24);
    await vm.run('reconcile');
    expect(starts()).toBe(1);
    expect(await fetch()).toHaveLength(1);
    expect(hub.bytesSent).toBeGreaterThan(sent);

    vm.active.delete(units.fetchModels);
    await wish('One.gguf');
    await vm.run('reconcile');
    expect(starts()).toBe(2);
  });

  it('tries again after an hour what could not be had', async () => {
    await wish('Absent.gguf');
    await fetch();
    await vm.run('reconcile');
    expect(starts()).toBe(0);
    pass(1);
    await vm.run('reconcile');
    expect(starts()).toBe(1);
  });

  it('deletes what it has left of other files, and nothing that onepilot models pull has left', async () => {
    const pulled: RemoteSource = {
      kind: 'hub',
      owner: 'team',
      repository: 'models',
      file: 'Two.gguf',
      revision: 'main',
    };
    const stop = new AbortController();
    hub.fault({ kind: 'stall', after: 100_000 });
    await wish('One.gguf');
    await vm.run();
    const pulling = fetchModel(
      { source: pulled, id: 'two', store: vm.paths.models, mirror: hub.url, inspect: inspectModel },
      {
        signal: stop.signal,
        times: { report: 0 },
        onProgress: (progress) =>
          progress.state === 'downloading' && progress.received > 0 && stop.abort(new Error('left')),
      },
    );
    await expect(pulling).rejects.toThrow('left');
    await fetchPartly();
    const files = async () =>
      (await partialsOf(vm.paths.models)).map(({ source }) => 'file' in source && source.file);
    expect((await files()).toSorted()).toEqual(['One.gguf', 'Two.gguf']);

    await wish('Useless.gguf');
    await fetch();
    expect(await files()).toEqual(['Two.gguf']);
  });
});
