import { mkdir, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootstrapStep } from '../../../src/bootstrap/bootstrap-step.ts';
import { contextAgainStep } from '../../../src/bootstrap/context-again-step.ts';
import { hookPatience } from '../../../src/bootstrap/hook-patience.ts';
import { type Unit, units } from '../../../src/machine/paths.ts';
import type { System } from '../../../src/machine/system.ts';
import { thisSystem } from '../../../src/machine/system.ts';
import { TemporaryWorld } from './temporary-world.ts';

let vm: TemporaryWorld;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
});
afterEach(() => vm.remove());

describe('a hook waits', () => {
  const now = Date.parse('2026-11-21T04:00:00Z');
  const lockOf = async (age: number) => {
    await mkdir(vm.paths.oneContextLock, { recursive: true });
    const taken = new Date(now - age);
    await utimes(vm.paths.oneContextLock, taken, taken);
    return hookPatience(vm.paths.oneContextLock, now);
  };

  test.each([
    ['90 seconds where one-context has just begun', 0, 90_000],
    ['less where hooks before it took long, so that no event waits for two minutes', 40_000, 65_000],
    ['a little where the lock looks old, for the clock may have been set', 3 * 3_600_000, 10_000],
    ['90 seconds where the lock is from the future', -60_000, 90_000],
  ])('%s', async (_name, age, patience) => {
    expect(await lockOf(age)).toBe(patience);
  });

  test('90 seconds where nobody holds a lock', async () => {
    expect(await hookPatience(vm.paths.oneContextLock, now)).toBe(90_000);
  });
});

describe('the bootstrap step', () => {
  /** What systemd says of the two units, one look after the other; the last of it for ever. */
  const saying = (...looks: readonly (readonly [reconcile: string, report: string])[]) => {
    const left = [...looks];
    let asked = 0;
    const system: Pick<System, 'start' | 'unitStatuses'> = {
      start: async () => {},
      async unitStatuses() {
        asked += 1;
        const [reconcile, report] = (left.length > 1 ? left.shift() : left[0]) ?? ['inactive', 'inactive'];
        const states: readonly [Unit, string][] = [
          [units.reconcile, reconcile],
          [units.reportReady, report],
        ];
        return new Map(states.map(([unit, state]) => [unit, { state, restarts: 0 }]));
      },
    };
    return { system, asked: () => asked };
  };
  const step = (system: Pick<System, 'start' | 'unitStatuses'>, reporting = 60_000, patience = 60_000) =>
    bootstrapStep(vm.paths, system, { patience, reporting, interval: 1 });
  beforeEach(() => vm.run());

  test('ends when the model answers', async () => {
    const { system, asked } = saying(['activating', 'inactive'], ['inactive', 'inactive']);
    expect(await step(system)).toBe('ready');
    expect(asked()).toBe(2);
  });

  test('waits for READY=YES from when its unit starts', async () => {
    const { system, asked } = saying(
      ['activating', 'inactive'],
      ['inactive', 'activating'],
      ['inactive', 'active'],
      ['inactive', 'inactive'],
    );
    expect(await step(system)).toBe('ready');
    expect(asked()).toBe(4);
  });

  test('does not wait for ever for READY=YES, since a ready script may fail for ever', async () => {
    const { system } = saying(['activating', 'inactive'], ['inactive', 'active']);
    expect(await step(system, 20)).toBe('going on');
  });

  test('waits for the run that follows one that was overtaken', async () => {
    await vm.write(vm.paths.lookAgain, '');
    const { system } = saying(['inactive', 'inactive']);
    const ended = step(system);
    await expect(Promise.race([ended, new Promise((r) => setTimeout(r, 50, 'waiting'))])).resolves.toBe(
      'waiting',
    );
    await rm(vm.paths.lookAgain);
    expect(await ended).toBe('ready');
  });

  test('leaves the rest to the unit when its time is over', async () => {
    const { system } = saying(['activating', 'inactive']);
    expect(await step(system, 60_000, 20)).toBe('going on');
  });
});

describe('when the hooks of one-context have run', () => {
  let onDisk = '';
  const started: string[] = [];
  const system: System = {
    ...thisSystem,
    async mount(_device, directory) {
      await vm.write(join(directory, 'context.sh'), onDisk);
    },
    async unmount(directory) {
      await rm(join(directory, 'context.sh'));
    },
    start: async (unit) => void started.push(unit),
  };
  const again = (patience = 60_000) => contextAgainStep(vm.paths, system, { patience, interval: 1 });

  beforeEach(async () => {
    started.length = 0;
    onDisk = "A='first'\n";
    await vm.write(vm.paths.contextDevice, '');
    await vm.write(vm.paths.oneContextLocal, "A='first'\n");
    await vm.write(vm.paths.oneContext, "A='first'\n");
  });

  test('a disk that was swapped meanwhile is applied, too', async () => {
    onDisk = "A='second'\n";
    expect(await again()).toBe('changed');
    expect(started).toEqual([units.contextReconfigure]);
  });

  test('so is one that came between two stages', async () => {
    await vm.write(vm.paths.oneContextLocal, "A='older'\n");
    expect(await again()).toBe('changed');
  });

  test('nothing is started where the disk says what was applied', async () => {
    expect(await again()).toBe('as applied');
    expect(started).toEqual([]);
  });

  test('nothing is started where the context is no disk', async () => {
    await rm(vm.paths.contextDevice);
    expect(await again()).toBe('as applied');
    expect(started).toEqual([]);
  });

  test('the disk is looked at only when they all have ended', async () => {
    await mkdir(vm.paths.oneContextLock, { recursive: true });
    const ended = again();
    await new Promise((resolve) => setTimeout(resolve, 50));
    onDisk = "A='second'\n";
    await rm(vm.paths.oneContextLock, { recursive: true });
    expect(await ended).toBe('changed');
  });
});

describe('where one-context is installed', () => {
  beforeEach(async () => {
    await vm.write(vm.paths.oneContextDaemon, '');
    await mkdir(dirname(vm.paths.authorizedKeys), { recursive: true });
  });

  test('network, host name and keys are left to it, wherever the context was found', async () => {
    await vm.setContext(
      "SET_HOSTNAME='other'\nSSH_PUBLIC_KEY='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1r3DBfqVZqK2vX0cPq5aQ9 a'\n",
    );
    expect(await vm.run('reconcile')).toMatchObject({ state: 'ready' });
    expect(vm.hostname).toBe('onepilot');
    await expect(vm.read(vm.paths.authorizedKeys)).rejects.toThrow('ENOENT');
    expect(vm.commands.filter((command) => command.includes('networkd'))).toEqual([]);
  });

  test('a VM without context has its report all the same', async () => {
    vm.address = undefined;
    expect(await vm.run('reconcile')).toMatchObject({ state: 'degraded' });
    expect((await vm.status()).warnings.map(({ code }) => code)).toContain('CONTEXT_MISSING');
  });
});
