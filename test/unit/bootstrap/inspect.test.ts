import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectMachine } from '../../../src/bootstrap/inspect.ts';
import { TemporaryWorld } from './temporary-world.ts';

let vm: TemporaryWorld;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
});
afterEach(() => vm.remove());

describe('a look at what the agent would do', () => {
  it('attaches no disk, which only the agent does', async () => {
    const disk = join(vm.paths.disksByLabel, 'MODELS');
    await vm.write(disk, '');
    await vm.setContext("ONEAPP_COPILOT_AI_MODEL='disk:MODELS/own.gguf'\n");
    const { system, observe } = vm.world;
    const { warnings } = await inspectMachine(vm.root, system, await observe());
    expect(warnings.map(({ code }) => code)).toContain('MODEL_BEING_FETCHED');
    expect(vm.mounts).toEqual([]);

    await vm.run();
    expect(vm.mounts).toEqual([disk]);
  });
});
