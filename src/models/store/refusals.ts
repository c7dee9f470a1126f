import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { removeFile } from '../../bootstrap/files.ts';
import { readJson, writeJson } from './durable.ts';

/** That an engine could not load a model: it is not to be tried again with that engine. */
export const Refusal = z.strictObject({
  /** SHA-256 of the model; its file, where no hash is known. */
  model: z.string(),
  /** What the engine said. */
  reason: z.string(),
  /** Version of the engine. Another one may be able to load the model. */
  engine: z.string(),
  /** ISO 8601 in UTC. */
  at: z.string(),
});
export type Refusal = z.infer<typeof Refusal>;

function folder(store: string): string {
  return join(store, 'refused');
}

function path(store: string, model: string): string {
  return join(folder(store), `${createHash('sha256').update(model).digest('hex').slice(0, 16)}.json`);
}

/** Notes that `engine` could not load `model` (its SHA-256, or its file without one); replaces an older note. */
export async function markRefused(
  store: string,
  model: string,
  reason: string,
  engine: string,
): Promise<void> {
  await mkdir(folder(store), { recursive: true, mode: 0o755 });
  const refusal: Refusal = { model, reason, engine, at: new Date().toISOString() };
  await writeJson(path(store, model), refusal);
}

/** What is noted; damaged notes count as none. */
export async function readRefusals(store: string): Promise<Refusal[]> {
  const names = await readdir(folder(store)).catch(() => []);
  const paths = names.filter((name) => name.endsWith('.json')).toSorted();
  const read = await Promise.all(paths.map((name) => readJson(join(folder(store), name), Refusal)));
  return read.filter((refusal) => refusal !== undefined);
}

export async function clearRefusal(store: string, model: string): Promise<void> {
  await removeFile(path(store, model));
}
