import type { Secret } from '../context/secret.ts';
import type { Contextualization } from './contextualization.ts';
import type { Shell } from './shell.ts';

/** The stages in the order they run. `doctor` looks at the machine and is never reused. */
export const stageNames = [
  'engine',
  'base',
  'app',
  'model',
  'payload',
  'packer',
  'verify',
  'package',
  'model-disk',
] as const;
export type StageName = (typeof stageNames)[number];

/** Where the models of profiles come from. */
export interface ModelOrigin {
  /** Path of a catalogue; without it, the checkout's own. */
  readonly catalogue?: string | undefined;
  /** Base address that takes the place of the hub's. */
  readonly hub?: string | undefined;
  /** For gated repositories of the hub, or its mirror. */
  readonly token?: Secret | undefined;
}

/** What the person who builds has asked for. */
export interface BuildOptions {
  readonly profile: string;
  /** Debian suite of the image. */
  readonly suite: string;
  /** Base address of a Debian mirror; undefined: the package sources of this machine. */
  readonly mirror: string | undefined;
  /** Directory that receives the finished image. */
  readonly output: string;
  readonly models?: ModelOrigin | undefined;
  /** Without it, `agent`. */
  readonly contextualization?: Contextualization | undefined;
  /** Path of one-context's Debian package; without it, the one that packer/one-context.yaml names is fetched. */
  readonly oneContext?: string | undefined;
}

/** What a stage depends on, by a name a person understands; the values are digests or short literals. */
export type StageInputs = Readonly<Record<string, string>>;

/** What a running stage may use. */
export interface StageRun {
  readonly options: BuildOptions;
  /** Empty directory to fill; becomes the cache entry when the stage succeeds. */
  readonly output: string;
  /** Directory kept between interrupted attempts at the same inputs; gone after success. */
  readonly work: string;
  readonly shell: Shell;
  /** Aborts when the build is interrupted; what waits must watch it. */
  readonly signal: AbortSignal;
  /** Directory of an earlier stage's output. */
  outputOf(stage: StageName): string;
  /** Says how far the stage is. */
  progress(text: string): void;
}

export interface Stage {
  readonly name: StageName;
  /** What it does and, when that is long, how long it takes on two cores. */
  readonly about: string;
  /** GiB it may take at most in the cache, unfinished work included, the models' own bytes aside. */
  readonly room: number;
  /** How many times it holds the models' bytes. */
  readonly modelCopies?: number;
  /** Earlier stages whose output it reads: their keys are part of its own. */
  readonly needs: readonly StageName[];
  inputs(options: BuildOptions): Promise<StageInputs>;
  run(run: StageRun): Promise<void>;
}
