import { stat } from 'node:fs/promises';
import { readText, removeFile, writeWhole } from '../../bootstrap/files.ts';
import type { Paths } from '../../machine/paths.ts';
import { type Identity, joinIdentity } from '../identity.ts';
import { AcmeRecord } from './record.ts';
import { type Stock, stockOf } from './stock.ts';
import { AcmeWanted, type Identifier } from './wanted.ts';

export type KeepPaths = Pick<Paths, 'acmeWanted' | 'acmeState' | 'acmeRecord' | 'acmeIdentity' | 'acmeAsked'>;

/** The files of the unit: what the agent wants, and what the unit has and remembers. */
export class KeepFiles {
  readonly #paths: KeepPaths;
  /** Called before each file is written; tests stop a run here. */
  readonly #before: (path: string) => void;

  constructor(paths: KeepPaths, before: (path: string) => void = () => {}) {
    this.#paths = paths;
    this.#before = before;
  }

  /** What is wanted, and since when in that way; undefined when nothing is. @throws when the file is wrong */
  async readWanted(): Promise<{ wanted: AcmeWanted; since: Date } | undefined> {
    const text = await readText(this.#paths.acmeWanted);
    if (text === undefined) return undefined;
    const { mtime } = await stat(this.#paths.acmeWanted);
    return { wanted: AcmeWanted.parse(JSON.parse(text)), since: mtime };
  }

  /** A record that is missing, cut off or of another version is none. */
  async readRecord(): Promise<AcmeRecord | undefined> {
    const text = await readText(this.#paths.acmeRecord);
    try {
      return AcmeRecord.parse(JSON.parse(text ?? ''));
    } catch {
      return undefined;
    }
  }

  async readStock(identifiers: readonly Identifier[]): Promise<Stock | undefined> {
    return stockOf(await readText(this.#paths.acmeIdentity), identifiers);
  }

  /** Key and chain at once, or not at all. */
  writeIdentity(identity: Identity): Promise<void> {
    return this.#write(this.#paths.acmeIdentity, joinIdentity(identity));
  }

  /** Writes the record unless it says the same already: each change has the agent look. */
  async writeRecord(record: AcmeRecord): Promise<void> {
    const content = `${JSON.stringify(AcmeRecord.parse(record), undefined, 1)}\n`;
    if ((await readText(this.#paths.acmeRecord)) !== content)
      await this.#write(this.#paths.acmeRecord, content);
  }

  /** @returns whether somebody has asked for a certificate since this was called last */
  takeAsked(): Promise<boolean> {
    return removeFile(this.#paths.acmeAsked);
  }

  async #write(path: string, content: string): Promise<void> {
    this.#before(path);
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    await writeWhole({ path, content, mode: 0o600, uid, gid, readBy: [] });
  }
}
