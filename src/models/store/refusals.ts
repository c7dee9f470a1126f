import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { removeFile } from '../../bootstrap/files.ts';
import type { ModelRecord } from '../record.ts';
import { readJson, writeJson } from './durable.ts';
import { sourceKey } from './places.ts';

/** That an engine could not load a model: it is not to be tried again with that engine. */
export const Refusal = z.strictObject({
  /** What `refusalKey` says of it. */
  model: z.string(),
  /** What the engine said. */
  reason: z.string(),
  /** Version of the engine. Another one may be able to load the model. */
  engine: z.string(),
  /** ISO 8601 in UTC. */
  at: z.string(),
  /** Of the error that says so, and bytes of the machine's memory then: what tells how long it holds. */
  code: z.string().optional(),
  memory: z.int().min(0).optional(),
});
export type Refusal = z.infer<typeof Refusal>;

/** What a refusal is about: a content. Of a file on a disk, size and time stand for it, since it need not be hashed. */
export function refusalKey({ source, size, modifiedAt, sha256, file }: ModelRecord): string {
  if (source.kind === 'disk') return `${sourceKey(source)} ${size} ${modifiedAt}`;
  return sha256 ?? file;
}

/** When, and on what machine, an engine could not load a model. */
export interface RefusalCircumstances extends Pick<Refusal, 'code' | 'memory'> {
  readonly at?: Date;
}

function folder(store: string): string {
  return join(store, 'refused');
}

function path(store: string, model: string): string {
  return join(folder(store), `${createHash('sha256').update(model).digest('hex').slice(0, 16)}.json`);
}

/** Notes that `engine` could not load `model` (see `refusalKey`); replaces an older note. */
export async function markRefused(
  store: string,
  model: string,
  reason: string,
  engine: string,
  { at = new Date(), ...circumstances }: RefusalCircumstances = {},
): Promise<void> {
  await mkdir(folder(store), { recursive: true, mode: 0o755 });
  const refusal: Refusal = { model, reason, engine, at: at.toISOString(), ...circumstances };
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
