import { failure } from '../errors/catalogue.ts';

/** Whether a write of ours, or a command's as its output tells, found no room. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && /ENOSPC|No space left on device/.test(error.message);
}

/**
 * Runs what writes below `path`.
 * @param stage what it is part of, for the error
 * @throws BUILD_DISK_FULL where it found no room, else what it throws
 */
export async function namingFullDisk<Result>(
  stage: string,
  path: string,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (isDiskFull(error)) throw failure('BUILD_DISK_FULL', { stage, path }, { cause: error });
    throw error;
  }
}
