import type { Secret } from '../../context/secret.ts';
import type { FileFacts } from '../facts.ts';
import type { FetchProgress } from '../record.ts';
import type { RemoteSource } from '../source.ts';
import type { FetchTimes } from './fault.ts';

/** Reads what a whole file is; throws when it is no model that could be used. */
export type Inspect = (path: string) => Promise<FileFacts> | FileFacts;

export interface FetchRequest {
  readonly source: RemoteSource;
  /** Name under which clients find the model; a part of the file's name. */
  readonly id: string;
  /** Root of the store, which must exist. */
  readonly store: string;
  /** Takes the place of the hub's address; without meaning for a web source. */
  readonly mirror?: string | undefined;
  /** For the hub or its mirror, and nobody else. */
  readonly token?: Secret | undefined;
  readonly inspect: Inspect;
  /** Bytes that the file must have. */
  readonly expectedSize?: number | undefined;
  /** Bytes of the disk that must stay free. */
  readonly reserve?: number | undefined;
}

export interface FetchOptions {
  /** Aborted, it ends the fetch with its reason; what has arrived is continued by the next call. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly times?: Partial<FetchTimes> | undefined;
}
