import { failure } from '../errors/catalogue.ts';
import type { StageCache } from './cache.ts';
import { digestText } from './digest.ts';
import { isDiskFull } from './disk-full.ts';
import type { Progress } from './progress.ts';
import type { Shell } from './shell.ts';
import type { BuildOptions, Stage, StageInputs, StageName } from './stage.ts';

/** A stage with its key, and whether it will run. */
export interface PlannedStage {
  readonly stage: Stage;
  readonly key: string;
  readonly inputs: StageInputs;
  /** Why it will run; undefined when its output is reused. */
  readonly reason: string | undefined;
}

/** The key of a stage: its name, its own inputs, and the keys of the stages it reads. */
export function stageKey(stage: Stage, inputs: StageInputs, keys: ReadonlyMap<StageName, string>): string {
  const own = Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1));
  const needed = stage.needs.map((name) => [name, keys.get(name) ?? '']);
  return digestText(JSON.stringify([stage.name, own, needed]));
}

/** Names what differs between two sets of inputs, as the reason for a run. */
export function whatChanged(before: StageInputs | undefined, now: StageInputs): string {
  if (!before) return 'never built here';
  const names = Object.keys({ ...before, ...now }).filter((name) => before[name] !== now[name]);
  if (names.length === 0) return 'not in the cache';
  const shown = names.slice(0, 3).join(', ');
  return `changed: ${shown}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
}

/**
 * Decides which stages run, and why. Touches nothing.
 * @param rebuild stages to run even when their output is there
 */
export async function planBuild(
  stages: readonly Stage[],
  options: BuildOptions,
  cache: StageCache,
  rebuild: ReadonlySet<StageName> = new Set(),
): Promise<PlannedStage[]> {
  const keys = new Map<StageName, string>();
  const running = new Set<StageName>();
  const planned: PlannedStage[] = [];
  for (const stage of stages) {
    const inputs = await stage.inputs(options);
    const key = stageKey(stage, inputs, keys);
    keys.set(stage.name, key);
    const found = await cache.inspect(stage.name, key, true);
    const rerun = stage.needs.find((name) => running.has(name));
    let reason: string | undefined;
    if (rebuild.has(stage.name)) reason = 'asked for';
    // Its key is the same, but what it reads may not be: an archive has moved on, an output was damaged.
    else if (rerun) reason = `${rerun} runs`;
    else if (found.state === 'corrupt') reason = `cache entry is damaged (${found.what})`;
    else if (found.state === 'absent') {
      reason = whatChanged(await cache.lastInputs(stage.name, options.profile), inputs);
    }
    if (reason !== undefined) running.add(stage.name);
    planned.push({ stage, key, inputs, reason });
  }
  return planned;
}

/** Runs what the plan says, in order, and answers where each stage's output is. */
export async function runBuild(
  plan: readonly PlannedStage[],
  options: BuildOptions,
  cache: StageCache,
  tools: { readonly progress: Progress; readonly shell: Shell; readonly signal: AbortSignal },
): Promise<(stage: StageName) => string> {
  const { progress, shell, signal } = tools;
  const keys = new Map(plan.map(({ stage, key }) => [stage.name, key]));
  const outputOf = (name: StageName): string => {
    const key = keys.get(name);
    if (key === undefined) throw new Error(`stage ${name} is not part of this build`);
    return cache.output(name, key);
  };
  for (const { stage, key, inputs, reason } of plan) {
    signal.throwIfAborted();
    if (reason === undefined) {
      await cache.touch(stage.name, key);
      progress.say(`  ${stage.name.padEnd(9)} ${''.padStart(7)}  reused`);
      continue;
    }
    await cache.discard(stage.name, key);
    const { output, work } = await cache.prepare(stage.name, key);
    const step = progress.step(stage.name, `${stage.about} (${reason})`);
    try {
      await stage.run({ options, output, work, shell, signal, outputOf, progress: step.update });
      signal.throwIfAborted();
      await cache.commit(stage.name, key, inputs);
      await cache.rememberInputs(stage.name, options.profile, inputs);
    } catch (error) {
      step.failed();
      if (signal.aborted) throw failure('BUILD_INTERRUPTED', { stage: stage.name }, { cause: error });
      if (isDiskFull(error))
        throw failure('BUILD_DISK_FULL', { stage: stage.name, path: cache.root }, { cause: error });
      throw error;
    }
    step.done('done');
  }
  return outputOf;
}
