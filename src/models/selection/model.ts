import type { ModelTraits } from '../catalogue/traits.ts';
import type { ModelFacts } from '../facts.ts';
import type { ModelRole } from '../image-facts.ts';
import type { ModelSource } from '../source.ts';

/** A file of weights that is to be brought here, or on a disk to be looked at. */
export interface FetchJob {
  readonly source: ModelSource;
  /** Name under which clients find the model. */
  readonly id: string;
  readonly holds: 'model' | 'adapter';
  /** Bytes, where they are known exactly. */
  readonly size?: number | undefined;
}

/** A model as it may be served. */
export interface KnownModel {
  readonly id: string;
  /** What it can do. */
  readonly able: readonly ModelRole[];
  /** Undefined as long as nobody has seen its file. */
  readonly facts: ModelFacts | undefined;
  readonly traits: ModelTraits | undefined;
  /** Whether the context names it. */
  readonly asked: boolean;
  /** Absolute path of its file, or what has to be done to have one. */
  readonly here: string | FetchJob;
  /** How the engine's refusals name it (`refusalKey`); absent for those of the image. */
  readonly refusable?: string | undefined;
}

/** A model that is here, with what it is to do. */
export interface ServedModel {
  readonly model: KnownModel & { readonly here: string; readonly facts: ModelFacts };
  readonly roles: readonly ModelRole[];
  readonly adapters: readonly ServedAdapter[];
}

export interface ServedAdapter {
  /** Where it comes from, as a variable names it. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly scale: number;
  readonly bytes: number;
  /** How the engine's refusals name it. */
  readonly refusable: string;
}
