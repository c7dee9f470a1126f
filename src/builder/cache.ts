import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { digestTree, TreeEntry } from './digest.ts';
import { detachMounts } from './mounts.ts';
import type { StageInputs, StageName } from './stage.ts';

const EntryRecord = z.strictObject({
  inputs: z.record(z.string(), z.string()),
  outputs: z.array(TreeEntry),
});
type EntryRecord = z.infer<typeof EntryRecord>;

const LastInputs = z.record(z.string(), z.string());

/** What the cache holds under a key. */
export type EntryState =
  | { readonly state: 'present' }
  | { readonly state: 'absent' }
  | { readonly state: 'corrupt'; readonly what: string };

async function readRecord(path: string): Promise<EntryRecord | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = EntryRecord.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

/** Removes a tree, but nothing that is mounted in it. */
async function remove(path: string): Promise<void> {
  await detachMounts(path);
  await rm(path, { recursive: true, force: true });
}

/**
 * Stage outputs by the content of their inputs, below one directory:
 * `<stage>-<key>/output/`, with `entry.json` beside it listing the hash of every file.
 */
export class StageCache {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  #entry(stage: StageName, key: string): string {
    return join(this.root, `${stage}-${key.slice(0, 16)}`);
  }

  output(stage: StageName, key: string): string {
    return join(this.#entry(stage, key), 'output');
  }

  /** Compares an entry with its record. `thorough` hashes every file; otherwise sizes only. */
  async inspect(stage: StageName, key: string, thorough: boolean): Promise<EntryState> {
    const entry = this.#entry(stage, key);
    const record = await readRecord(join(entry, 'entry.json')).catch(() => undefined);
    if (!record) {
      const exists = await stat(join(entry, 'output')).catch(() => undefined);
      return exists ? { state: 'corrupt', what: 'no readable entry.json' } : { state: 'absent' };
    }
    if (!thorough) return { state: 'present' };
    const found = new Map((await digestTree(join(entry, 'output'))).map((file) => [file.path, file]));
    if (found.size !== record.outputs.length)
      return { state: 'corrupt', what: 'files beside those recorded' };
    for (const { path, kind, sha256 } of record.outputs) {
      const file = found.get(path);
      if (file?.sha256 !== sha256 || file.kind !== kind) return { state: 'corrupt', what: path };
    }
    return { state: 'present' };
  }

  /** Removes an entry, for a rebuild. */
  async discard(stage: StageName, key: string): Promise<void> {
    await remove(this.#entry(stage, key));
  }

  /** Directories for a new entry; `work` survives an interrupted attempt at the same key. */
  async prepare(stage: StageName, key: string): Promise<{ output: string; work: string }> {
    const partial = `${this.#entry(stage, key)}.partial`;
    const output = join(partial, 'output');
    const work = join(partial, 'work');
    await rm(output, { recursive: true, force: true });
    await mkdir(output, { recursive: true });
    await mkdir(work, { recursive: true });
    return { output, work };
  }

  /** Makes what `prepare` began an entry: complete or not there at all. */
  async commit(stage: StageName, key: string, inputs: StageInputs): Promise<void> {
    const entry = this.#entry(stage, key);
    const partial = `${entry}.partial`;
    const record: EntryRecord = { inputs: { ...inputs }, outputs: await digestTree(join(partial, 'output')) };
    await writeFile(join(partial, 'entry.json'), JSON.stringify(record, undefined, 1));
    await remove(join(partial, 'work'));
    await remove(entry);
    await rename(partial, entry);
  }

  /**
   * Removes old entries: of each stage the `keep` most recently used stay, and whatever `inUse` names.
   * Unfinished attempts older than a day go too.
   */
  async prune(keep: number, inUse: ReadonlySet<string>): Promise<void> {
    const entries: { name: string; stage: string; used: number }[] = [];
    for (const name of await readdir(this.root)) {
      const [, stage, partial] = /^([a-z]+(?:-[a-z]+)*)-[0-9a-f]{16}(\.partial)?$/.exec(name) ?? [];
      if (!stage) continue;
      const { mtimeMs } = await stat(join(this.root, name));
      const outdated = Date.now() - mtimeMs > 24 * 3600 * 1000;
      if (partial && outdated) await remove(join(this.root, name));
      if (!partial) entries.push({ name, stage, used: mtimeMs });
    }
    const current = new Set([...inUse].map((path) => basename(dirname(path))));
    for (const [, group] of Map.groupBy(entries, (entry) => entry.stage)) {
      const old = group.sort((a, b) => b.used - a.used).slice(keep);
      for (const { name } of old.filter((entry) => !current.has(entry.name))) {
        await remove(join(this.root, name));
      }
    }
  }

  /** Notes that an entry was used, for `prune`. */
  async touch(stage: StageName, key: string): Promise<void> {
    const now = new Date();
    await utimes(this.#entry(stage, key), now, now);
  }

  /** Inputs of the last successful run of `stage` for this profile, to say what changed since. */
  async lastInputs(stage: StageName, profile: string): Promise<StageInputs | undefined> {
    try {
      const text = await readFile(join(this.root, 'last', `${profile}-${stage}.json`), 'utf8');
      return LastInputs.parse(JSON.parse(text));
    } catch {
      // Absent, or cut off by a full disk: it only serves an explanation.
      return undefined;
    }
  }

  async rememberInputs(stage: StageName, profile: string, inputs: StageInputs): Promise<void> {
    await mkdir(join(this.root, 'last'), { recursive: true });
    await writeFile(
      join(this.root, 'last', `${profile}-${stage}.json`),
      JSON.stringify(inputs, undefined, 1),
    );
  }
}
