import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogFile, openLog } from '../cli/log-file.ts';
import { packagedImage, packagedModelDisk } from './artefacts.ts';
import { StageCache } from './cache.ts';
import { namingFullDisk } from './disk-full.ts';
import { type Diagnosis, examine, gibibyte, requireMemory, requireRoot } from './doctor.ts';
import { lockDirectory } from './lock.ts';
import { type PlannedStage, planBuild, runBuild } from './pipeline.ts';
import { cacheDirectory } from './places.ts';
import { type Profile, profileOf } from './profiles.ts';
import { printProgress } from './progress.ts';
import { requireRooms, resultRoom, roomFor } from './room.ts';
import { loggingShell } from './shell.ts';
import { type BuildOptions, type Stage, type StageName, stageNames } from './stage.ts';
import { appStage } from './stages/app.ts';
import { baseStage } from './stages/base.ts';
import { engineStage } from './stages/engine.ts';
import { modelStage } from './stages/model.ts';
import { modelDiskStage } from './stages/model-disk.ts';
import { packageStage } from './stages/package.ts';
import { packerStage } from './stages/packer.ts';
import { payloadStage } from './stages/payload.ts';
import { verifyStage } from './stages/verify.ts';

const allStages: Readonly<Record<StageName, Stage>> = {
  engine: engineStage,
  base: baseStage,
  app: appStage,
  model: modelStage,
  payload: payloadStage,
  packer: packerStage,
  verify: verifyStage,
  package: packageStage,
  'model-disk': modelDiskStage,
};

/** What the stages that end a build leave for people. */
const finished: Partial<Record<StageName, (options: BuildOptions) => string>> = {
  package: packagedImage,
  'model-disk': packagedModelDisk,
};

/**
 * Outputs of each stage that stay in the cache, for going back and forth between states and flavours; one where each
 * is large.
 */
function keptEntries({ size }: Pick<Profile, 'size'>): number {
  return size > gibibyte ? 1 : 6;
}

/** `only` and what it needs, in order; what an image needs when nothing is named. */
export function stagesFor(only: StageName = 'package'): Stage[] {
  const wanted = new Set<StageName>();
  const want = (name: StageName): void => {
    wanted.add(name);
    allStages[name].needs.forEach(want);
  };
  want(only);
  return stageNames.filter((name) => wanted.has(name)).map((name) => allStages[name]);
}

/** Says which stages would run, and why. */
export async function describePlan(
  options: BuildOptions,
  rebuild: ReadonlySet<StageName>,
  only?: StageName,
): Promise<string> {
  const plan = await planBuild(stagesFor(only), options, new StageCache(cacheDirectory()), rebuild);
  return plan
    .map(({ stage, reason }) => `  ${stage.name.padEnd(9)} ${reason ? `runs: ${reason}` : 'reused'}`)
    .join('\n');
}

export interface BuildRequest {
  readonly options: BuildOptions;
  readonly rebuild?: ReadonlySet<StageName>;
  /** Stop after this stage. */
  readonly only?: StageName | undefined;
  /** Directory of the stages' outputs; without it, the cache of this machine. Fetched models stay in that. */
  readonly cache?: string;
  readonly signal: AbortSignal;
  /** Learns the log file's path as soon as there is one. */
  readonly onLog?: (path: string) => void;
}

/** What a build left behind. */
export interface BuildResult {
  readonly diagnosis: Diagnosis;
  /** Where each stage's output lies in the cache. */
  readonly outputOf: (stage: StageName) => string;
  /** The finished image, or disk of models, in the output directory; undefined when `only` stopped before it. */
  readonly image: string | undefined;
  readonly plan: readonly PlannedStage[];
}

/** Copies finished files to the output directory, each complete or not there. */
async function publish(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    const partial = join(to, `.${name}.partial`);
    try {
      await copyFile(join(from, name), partial);
      await rename(partial, join(to, name));
    } finally {
      await rm(partial, { force: true });
    }
  }
}

/** Builds an image, reusing every stage whose inputs are unchanged. Prints a line a stage. */
export async function buildImage(request: BuildRequest): Promise<BuildResult> {
  const { options, signal, only } = request;
  requireRoot();
  const { cache = cacheDirectory() } = request;
  const unlock = await lockDirectory(cache);
  let log: LogFile | undefined;
  try {
    await mkdir(join(cache, 'log'), { recursive: true });
    const logFile = join(cache, 'log', `image-${new Date().toISOString().replaceAll(':', '-')}.log`);
    request.onLog?.(logFile);
    log = openLog(logFile);
    const progress = printProgress(process.stdout, log.stream);
    const shell = loggingShell(log.stream, signal);
    progress.say(
      `Building OnePilot, profile ${options.profile}, Debian ${options.suite}. Details: ${logFile}`,
    );

    const step = progress.step('doctor', 'packages, disk, memory, accelerator by trial');
    const diagnosis = await examine(cache, shell, signal).catch((error: unknown) => {
      step.failed();
      throw error;
    });
    const installed = diagnosis.installed.length > 0 ? `; installed ${diagnosis.installed.join(' ')}` : '';
    const { accelerator, qemu } = diagnosis.hypervisor;
    step.done(`QEMU ${qemu} with ${accelerator}${installed}`);

    const stageCache = new StageCache(cache);
    const plan = await planBuild(stagesFor(only), options, stageCache, request.rebuild);
    const profile = await profileOf(options);
    const last = only ?? 'package';
    const name = finished[last]?.(options);
    if (name !== undefined) await mkdir(options.output, { recursive: true });
    await requireRooms([
      { path: cache, bytes: await roomFor(plan, profile) },
      ...(name === undefined ? [] : [{ path: options.output, bytes: resultRoom(profile) }]),
    ]);
    const boots = plan.some(({ stage, reason }) => stage === verifyStage && reason !== undefined);
    if (boots) requireMemory(profile.memory);
    const outputOf = await runBuild(plan, options, stageCache, { progress, shell, signal });
    await stageCache.prune(keptEntries(profile), new Set(plan.map(({ stage }) => outputOf(stage.name))));
    if (name === undefined) return { diagnosis, outputOf, image: undefined, plan };
    await namingFullDisk('the copy of what was built', options.output, () =>
      publish(outputOf(last), options.output),
    );
    const image = join(options.output, name);
    progress.say(`Image: ${image}`);
    return { diagnosis, outputOf, image, plan };
  } finally {
    await log?.end();
    await unlock();
  }
}
