import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StageCache } from '../../../src/builder/cache.ts';
import { planBuild, runBuild } from '../../../src/builder/pipeline.ts';
import type { Progress } from '../../../src/builder/progress.ts';
import type { Shell } from '../../../src/builder/shell.ts';
import type { BuildOptions, Stage, StageName } from '../../../src/builder/stage.ts';

const options: BuildOptions = { profile: 'test', suite: 'trixie', mirror: undefined, output: '/nowhere' };
const silent: Progress = {
  say: () => {},
  step: () => ({ update: () => {}, done: () => {}, failed: () => {} }),
};
const noShell: Shell = { run: () => Promise.reject(new Error('no commands here')) };

let root: string;
let cache: StageCache;
let ran: StageName[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'onepilot-cache-'));
  cache = new StageCache(root);
  ran = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

function stage(
  name: StageName,
  needs: StageName[],
  inputs: Record<string, string>,
  run?: Stage['run'],
): Stage {
  return {
    name,
    about: name,
    room: 0,
    needs,
    inputs: () => Promise.resolve(inputs),
    run: async (context) => {
      ran.push(name);
      await writeFile(join(context.output, 'made'), `${name} ${JSON.stringify(inputs)}`);
      await run?.(context);
    },
  };
}

async function build(stages: Stage[], signal = new AbortController().signal, rebuild: StageName[] = []) {
  const plan = await planBuild(stages, options, cache, new Set(rebuild));
  return runBuild(plan, options, cache, { progress: silent, shell: noShell, signal });
}

const pair = (source: string) => [
  stage('app', [], { source }),
  stage('model', [], {}),
  stage('payload', ['app', 'model'], {}),
];

describe('building', () => {
  it('runs every stage once, and none when nothing changed', async () => {
    await build(pair('one'));
    expect(ran).toEqual(['app', 'model', 'payload']);
    ran = [];
    const outputOf = await build(pair('one'));
    expect(ran).toEqual([]);
    expect(await readFile(join(outputOf('app'), 'made'), 'utf8')).toContain('one');
  });

  it('runs what changed and what reads it, and says why', async () => {
    await build(pair('one'));
    const plan = await planBuild(pair('two'), options, cache);
    expect(plan.map(({ reason }) => reason)).toEqual(['changed: source', undefined, 'app runs']);
  });

  it('reuses an earlier state when an input goes back', async () => {
    await build(pair('one'));
    await build(pair('two'));
    ran = [];
    await build(pair('one'));
    expect(ran).toEqual([]);
  });

  it('notices a damaged entry by its hash and builds it again', async () => {
    const outputOf = await build(pair('one'));
    await writeFile(join(outputOf('app'), 'made'), 'app {"source":"0ne"}');
    const plan = await planBuild(pair('one'), options, cache);
    expect(plan[0]?.reason).toBe('cache entry is damaged (made)');
    ran = [];
    await build(pair('one'));
    expect(ran).toContain('app');
    expect(await readFile(join(outputOf('app'), 'made'), 'utf8')).toContain('one');
  });

  it('notices an entry whose record is gone', async () => {
    const outputOf = await build(pair('one'));
    await rm(join(outputOf('model'), '..', 'entry.json'));
    const plan = await planBuild(pair('one'), options, cache);
    expect(plan[1]?.reason).toContain('damaged');
  });

  it('runs a stage again when asked, and what reads it', async () => {
    await build(pair('one'));
    ran = [];
    await build(pair('one'), undefined, ['model']);
    expect(ran).toEqual(['model', 'payload']);
  });

  it.each(['app', 'model', 'payload'] as const)(
    'continues after an interruption in %s',
    async (interrupted) => {
      const controller = new AbortController();
      const stages = pair('one').map((each) =>
        each.name === interrupted
          ? stage(
              each.name,
              [...each.needs],
              each.name === 'app' ? { source: 'one' } : {},
              async ({ work }) => {
                await writeFile(join(work, 'half'), 'half');
                controller.abort();
              },
            )
          : each,
      );
      await expect(build(stages, controller.signal)).rejects.toMatchObject({ code: 'BUILD_INTERRUPTED' });
      const before = ran.slice(0, -1);
      ran = [];
      await build(pair('one'));
      expect(ran).toEqual(
        ['app', 'model', 'payload'].filter((name) => !before.some((done) => done === name)),
      );
    },
  );

  it('keeps the work of an interrupted attempt for the next one, but not its output', async () => {
    const broken = stage('app', [], {}, async ({ work, output }) => {
      await writeFile(join(work, 'half'), 'half');
      await writeFile(join(output, 'stray'), 'stray');
      throw new Error('broken');
    });
    await expect(build([broken])).rejects.toThrow('broken');
    let found = '';
    const outputOf = await build([
      stage('app', [], {}, async ({ work }) => {
        found = await readFile(join(work, 'half'), 'utf8');
      }),
    ]);
    expect(found).toBe('half');
    await expect(readFile(join(outputOf('app'), 'stray'))).rejects.toThrow('ENOENT');
  });

  it('prunes what is old and not in use', async () => {
    for (const source of ['one', 'two', 'three', 'four']) await build(pair(source));
    const outputOf = await build(pair('four'));
    await cache.prune(1, new Set([outputOf('app'), outputOf('model'), outputOf('payload')]));
    ran = [];
    await build(pair('four'));
    expect(ran).toEqual([]);
    await build(pair('one'));
    expect(ran).toEqual(['app', 'payload']);
  });

  it('prunes stages whose names have a hyphen, too', async () => {
    for (const source of ['one', 'two', 'three']) await build([stage('model-disk', [], { source })]);
    await cache.prune(1, new Set());
    const left = (await readdir(root)).filter((name) => name.startsWith('model-disk-'));
    expect(left).toHaveLength(1);
  });
});
