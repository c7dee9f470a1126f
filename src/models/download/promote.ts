import { join } from 'node:path';
import { failure } from '../../errors/catalogue.ts';
import { FileFacts } from '../facts.ts';
import { checkGguf } from '../gguf/header.ts';
import type { ModelRecord } from '../record.ts';
import { sourceText } from '../source.ts';
import { moveDurably } from '../store/durable.ts';
import { modelFile } from '../store/places.ts';
import { writeRecord } from '../store/records.ts';
import type { FetchRequest, Inspect } from './fetch-request.ts';

/** A file of the right hash, wherever it lies in the store. */
export interface WholeFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly commit?: string | undefined;
}

/**
 * Makes a file whose bytes are on the disk a model of the store. In this order, a power cut leaves either a file
 * without record, which the next fetch adopts, or both.
 * @throws MODEL_UNUSABLE: the file is where it was then, and the caller deletes it.
 */
export async function promote(request: FetchRequest, whole: WholeFile): Promise<ModelRecord> {
  const { source, id, store } = request;
  const { size, sha256, commit } = whole;
  const facts = await inspected(whole.path, sourceText(source), request.inspect);
  const file = modelFile(id, sha256);
  if (whole.path !== join(store, file)) await moveDurably(whole.path, join(store, file));
  const record: ModelRecord = {
    id,
    source,
    file,
    size,
    sha256,
    trust: source.sha256 === undefined ? 'hub' : 'pinned',
    ...(commit !== undefined && { commit }),
    fetchedAt: new Date().toISOString(),
    facts,
  };
  await writeRecord(store, record);
  return record;
}

/** @throws MODEL_UNUSABLE */
export async function inspected(path: string, source: string, inspect: Inspect): Promise<FileFacts> {
  try {
    checkGguf(path);
    // What a record cannot hold would be fetched for ever.
    return FileFacts.parse(await inspect(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw failure('MODEL_UNUSABLE', { source, reason }, { cause: error });
  }
}
