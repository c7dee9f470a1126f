import { lstat, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, OnePilotError } from '../../errors/catalogue.ts';
import type { ModelRecord } from '../record.ts';
import { sourceText } from '../source.ts';
import { hashFile } from '../store/hash-file.ts';
import { makeOpenDirectory } from '../store/open-directory.ts';
import { dropPartial, type PartialNote, readPartialNote } from '../store/partials.ts';
import { downloadsFolder, modelFile, partialPaths } from '../store/places.ts';
import { findRecord, listRecords, writeRecord } from '../store/records.ts';
import { inSourceTurn } from '../store/turn.ts';
import { type FetchTimes, usualTimes } from './fault.ts';
import type { FetchOptions, FetchRequest } from './fetch-request.ts';
import { PartialFile } from './partial-file.ts';
import { ProgressTeller } from './progress.ts';
import { promote } from './promote.ts';
import { freeBytes, noSpace, requireSpace } from './space.ts';
import { Transfer } from './transfer.ts';

/**
 * Brings a model into the store, or finds it there. What had arrived before is continued; only a file with the right
 * size and hash that is a usable model gets its final name; models that are there stay as they are.
 *
 * @throws every MODEL_FETCH_… error, MODEL_STORE_FAILED, MODEL_UNUSABLE; the reason of `options.signal`
 */
export async function fetchModel(request: FetchRequest, options: FetchOptions = {}): Promise<ModelRecord> {
  const { signal, onProgress } = options;
  const times = { ...usualTimes, ...options.times };
  const teller = new ProgressTeller(onProgress, times.report);
  const onWait = () => teller.change({ state: 'waiting' });
  try {
    await makeOpenDirectory(downloadsFolder(request.store));
    const waiting = { patience: times.turn, signal, onWait };
    const record = await inSourceTurn(request.store, request.source, waiting, () =>
      new ModelFetch(request, times, teller, signal).run(),
    );
    teller.change({ state: 'done' });
    return record;
  } catch (error) {
    signal?.throwIfAborted();
    const known = await asStoreError(error, request);
    teller.fail(known);
    throw known;
  }
}

/** What happens while no other process is at work on the same source. */
class ModelFetch {
  readonly #request: FetchRequest;
  readonly #times: FetchTimes;
  readonly #teller: ProgressTeller;
  readonly #signal: AbortSignal | undefined;

  constructor(
    request: FetchRequest,
    times: FetchTimes,
    teller: ProgressTeller,
    signal: AbortSignal | undefined,
  ) {
    this.#request = request;
    this.#times = times;
    this.#teller = teller;
    this.#signal = signal;
  }

  async run(): Promise<ModelRecord> {
    const { source, store, expectedSize, reserve = 0 } = this.#request;
    const found = await findRecord(store, source);
    if (found) {
      // Whoever wrote the record may have been killed before tidying up.
      await dropPartial(store, source);
      return this.#underItsName(found);
    }
    const note = await this.#usableNote();
    const stored = await this.#adopt(note);
    if (stored) return stored;
    if (expectedSize !== undefined) {
      const need = Math.max(0, expectedSize - (await this.#received()));
      await requireSpace({ source: sourceText(source), path: store, need, reserve });
    }
    return this.#fetch(note);
  }

  /** A model is found by what it is; the name may have changed since. */
  async #underItsName(found: ModelRecord): Promise<ModelRecord> {
    const { id, store } = this.#request;
    if (found.id === id) return found;
    const record = { ...found, id };
    await writeRecord(store, record);
    return record;
  }

  async #received(): Promise<number> {
    const { source, store } = this.#request;
    return (await stat(partialPaths(store, source).data).catch(() => undefined))?.size ?? 0;
  }

  /** What is known of the bytes that are here; without that, they are of no use. */
  async #usableNote(): Promise<PartialNote> {
    const { source, store } = this.#request;
    const note = await readPartialNote(store, source);
    const isUsable = note !== undefined && (source.sha256 ?? note.sha256) === note.sha256;
    if (isUsable) return note;
    await dropPartial(store, source);
    return { source, ...(source.sha256 !== undefined && { sha256: source.sha256 }) };
  }

  /** Fetches, and once more from the beginning if what came is not what it should be. */
  async #fetch(firstNote: PartialNote): Promise<ModelRecord> {
    const { source, store } = this.#request;
    let note = firstNote;
    for (let isLast = false; ; isLast = true) {
      const { result, sha256, note: known } = await this.#transfer(note);
      if (result === 'stored') {
        const adopted = await this.#adopt(known);
        if (adopted) return adopted;
      } else if (sha256 === known.sha256) {
        this.#signal?.throwIfAborted();
        return this.#promotePartial(known, sha256);
      }
      await dropPartial(store, source);
      if (isLast) {
        const expected = known.sha256 ?? '';
        throw failure('MODEL_FETCH_HASH', { source: sourceText(source), found: sha256, expected });
      }
      note = { source, ...(source.sha256 !== undefined && { sha256: source.sha256 }) };
    }
  }

  async #transfer(note: PartialNote) {
    const { source, store, id } = this.#request;
    const partial = await PartialFile.open(partialPaths(store, source).data, {
      signal: this.#signal,
      onProgress: (done, size) => this.#teller.verify(done, size),
    });
    try {
      const transfer = new Transfer(
        {
          request: this.#request,
          partial,
          times: this.#times,
          teller: this.#teller,
          signal: this.#signal,
          isStored: async (sha256) => (await fileSize(join(store, modelFile(id, sha256)))) !== undefined,
        },
        note,
      );
      const result = await transfer.run();
      await partial.sync();
      return { result, sha256: partial.sha256, note: transfer.note };
    } catch (error) {
      if (partial.size === 0) await dropPartial(store, source);
      throw error;
    } finally {
      await partial.close();
    }
  }

  async #promotePartial(note: PartialNote, sha256: string): Promise<ModelRecord> {
    const { source, store } = this.#request;
    const path = partialPaths(store, source).data;
    const { size } = await stat(path);
    try {
      const record = await promote(this.#request, { path, size, sha256, commit: note.commit });
      await dropPartial(store, source);
      return record;
    } catch (error) {
      if (error instanceof OnePilotError) await dropPartial(store, source);
      throw error;
    }
  }

  /**
   * The record of a file that is whole and has its name already, but was cut off before its record was written.
   * A file that does not have the hash in its name, or is no model, is deleted.
   */
  async #adopt({ sha256, commit }: PartialNote): Promise<ModelRecord | undefined> {
    if (sha256 === undefined) return undefined;
    const { source, store, id } = this.#request;
    const path = join(store, modelFile(id, sha256));
    const size = await fileSize(path);
    if (size === undefined) return undefined;
    const onProgress = (done: number) => this.#teller.verify(done, size);
    if ((await hashFile(path, { signal: this.#signal, onProgress })) !== sha256) {
      await rm(path, { force: true });
      return undefined;
    }
    try {
      const record = await promote(this.#request, { path, size, sha256, commit });
      await dropPartial(store, source);
      return record;
    } catch (error) {
      const isNamed = (await listRecords(store)).some(({ file }) => join(store, file) === path);
      if (error instanceof OnePilotError && !isNamed) await rm(path, { force: true });
      throw error;
    }
  }
}

/** Bytes of a regular file; undefined when there is none. */
async function fileSize(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

/** What the file system says, as an error of the catalogue; other errors stay as they are. */
async function asStoreError(error: unknown, { source, store, reserve = 0 }: FetchRequest): Promise<unknown> {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') {
    return failure('MODEL_STORE_FAILED', { path: store, reason: error.message }, { cause: error });
  }
  const note = await readPartialNote(store, source);
  // Without partial file, all bytes are here under the final name, and only the record does not fit.
  const received = (await fileSize(partialPaths(store, source).data)) ?? note?.size ?? 0;
  const need = Math.max(0, (note?.size ?? received) - received);
  return noSpace({ source: sourceText(source), path: store, need, reserve }, await freeBytes(store));
}
