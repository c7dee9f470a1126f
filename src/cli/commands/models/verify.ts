import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem } from '../../../context/parse.ts';
import { shownBytes } from '../../../engine/sizing/explain.ts';
import { failure, OnePilotError } from '../../../errors/catalogue.ts';
import type { ContextProblem } from '../../../gateway/configuration.ts';
import { checkGguf } from '../../../models/gguf/header.ts';
import { hashFile } from '../../../models/store/hash-file.ts';
import type { Call, Result } from '../command.ts';
import { done, failed } from '../exit-codes.ts';
import { asText, columns, counted, problemLines } from '../text.ts';
import { unknownModel } from './chosen-source.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { ProgressLine } from './progress-line.ts';
import { remnantsOf } from './remnants.ts';
import { type Surroundings, thisMachine } from './surroundings.ts';

/** A file that is to be what it was. */
interface Checkable {
  readonly id: string;
  readonly path: string;
  /** Undefined for a file on a disk that nobody pinned: its header alone can be checked. */
  readonly sha256: string | undefined;
  /** Bytes, where they were recorded. */
  readonly size: number | undefined;
  readonly origin: 'image' | 'store' | 'disk';
}

interface Checked {
  readonly id: string;
  readonly path: string;
  /** Bytes; null where there is no file. */
  readonly size: number | null;
  /** Whether its bytes were compared with a hash. */
  readonly hashed: boolean;
  readonly problem: ContextProblem | null;
}

/**
 * `onepilot models verify [NAME]`: reads every byte again.
 * @throws COMMAND_MODEL_UNKNOWN, AGENT_BAD_IMAGE_FACTS, CATALOGUE_WRONG
 */
export async function verifyModels(
  { words: [wanted], world }: Pick<Call, 'words' | 'world'>,
  { rewriteLine }: Pick<Surroundings, 'rewriteLine'> = thisMachine,
): Promise<Result> {
  const inventory = await takeInventory(world);
  const isMeant = ({ id }: { readonly id: string }) => wanted === undefined || id === wanted;
  const files = checkables(inventory);
  const remnants = await remnantsOf(inventory.store, inventory.fetched);
  const [meant, left] = [files.filter(isMeant), remnants.filter(isMeant)];
  if (wanted !== undefined && meant.length + left.length === 0) {
    throw unknownModel(
      wanted,
      files.map(({ id }) => id),
    );
  }
  const checked: Checked[] = [];
  for (const file of meant) {
    const line = new ProgressLine(file.id, { say: world.say, rewrite: rewriteLine });
    const onProgress = (received: number, size: number) => line.tell({ state: 'verifying', received, size });
    checked.push(await check(file, onProgress));
    line.end();
  }
  for (const { id, paths, size, reason } of left) {
    const problem = asProblem(failure('COMMAND_MODEL_DAMAGED', { model: id, path: paths[0] ?? '', reason }));
    checked.push({ id, path: paths[0] ?? '', size, hashed: false, problem });
  }
  return result(checked);
}

function checkables({ baked, fetched, store }: Inventory): readonly Checkable[] {
  return [
    ...baked.map(({ id, file, sha256, facts }) => ({
      id,
      path: join(store, file),
      sha256,
      size: facts.fileSize,
      origin: 'image' as const,
    })),
    ...fetched.map(({ record: { id, sha256, size, source }, path }) => ({
      id,
      path,
      sha256,
      size,
      origin: source.kind === 'disk' ? ('disk' as const) : ('store' as const),
    })),
  ];
}

async function check(file: Checkable, onProgress: (done: number, size: number) => void): Promise<Checked> {
  const { id, path, sha256 } = file;
  const found = await stat(path).catch(() => undefined);
  const reason = await faultOf(file, found?.size, onProgress);
  return {
    id,
    path,
    size: found?.size ?? null,
    hashed: sha256 !== undefined,
    problem: reason === undefined ? null : asProblem(damage(file, reason)),
  };
}

/** What is wrong with the file, as a clause. What is quickly seen comes first: reading may take minutes. */
async function faultOf(
  { path, sha256, size, origin }: Checkable,
  found: number | undefined,
  onProgress: (done: number, size: number) => void,
): Promise<string | undefined> {
  if (found === undefined)
    return origin === 'disk' ? 'its disk is not attached, or does not have it' : 'it is not there';
  if (size !== undefined && size !== found) return `it has ${found} bytes instead of ${size}`;
  try {
    checkGguf(path);
    if (sha256 === undefined) return undefined;
    const hash = await hashFile(path, { onProgress });
    return hash === sha256 ? undefined : `its SHA-256 is ${hash}, but should be ${sha256}`;
  } catch (error) {
    if (error instanceof OnePilotError) return error.message.replace(/\.$/, '');
    return `it cannot be read: ${error instanceof Error ? error.message : error}`;
  }
}

function damage({ id: model, path, origin }: Checkable, reason: string): OnePilotError {
  const values = { model, path, reason };
  if (origin === 'store') return failure('COMMAND_MODEL_DAMAGED', values);
  return failure(origin === 'disk' ? 'COMMAND_DISK_MODEL_DAMAGED' : 'COMMAND_BAKED_MODEL_DAMAGED', values);
}

function result(checked: readonly Checked[]): Result {
  const problems = checked.flatMap(({ problem }) => problem ?? []);
  const rows = checked.map(({ id, size, hashed, problem }) => [
    id,
    size === null ? '-' : shownBytes(size),
    problem ? 'wrong' : hashed ? 'fine' : 'fine as far as its header tells; nobody gave a hash',
  ]);
  return {
    code: problems.length > 0 ? failed : done,
    text: asText([
      ...(rows.length > 0 ? columns(rows) : ['There is no model here.']),
      ...problemLines(counted(problems.length, 'wrong file'), problems),
    ]),
    json: { fine: problems.length === 0, models: checked },
  };
}
