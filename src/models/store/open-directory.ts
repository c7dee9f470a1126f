import { chmod, mkdir } from 'node:fs/promises';

/** Makes `path`, if need be, for everybody to read, whatever the process's umask: the engine is another user. */
export async function makeOpenDirectory(path: string): Promise<void> {
  if ((await mkdir(path, { recursive: true, mode: 0o755 })) !== undefined) await chmod(path, 0o755);
}
