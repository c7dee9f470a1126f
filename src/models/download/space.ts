import { statfs } from 'node:fs/promises';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';

/** Bytes of an appliance's disk that stay free for logs, updates and the rest of the system. */
export const keptFree = 2 ** 30;

/** Bytes that others than root may still write to the file system of `path`. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** What a download needs of a disk. */
export interface SpaceNeed {
  /** The source, as texts name it. */
  readonly source: string;
  /** A path on the disk. */
  readonly path: string;
  /** Bytes still to come. */
  readonly need: number;
  /** Bytes that must stay free. */
  readonly reserve: number;
}

/** @throws MODEL_FETCH_NO_SPACE */
export async function requireSpace(space: SpaceNeed): Promise<void> {
  const free = await freeBytes(space.path);
  if (space.need + space.reserve > free) throw noSpace(space, free);
}

/** @param free Bytes, as the disk says; a write that failed may need more than that. */
export function noSpace(space: SpaceNeed, free: number): OnePilotError {
  const missing = Math.max(1, space.need + space.reserve - free);
  return failure('MODEL_FETCH_NO_SPACE', { ...space, free, missing });
}
