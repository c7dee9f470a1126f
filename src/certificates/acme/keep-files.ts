import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, removeFile, writeWhole } from '../../bootstrap/files.ts';
import { jsonOrUndefined } from '../../machine/json-text.ts';
import type { Paths } from '../../machine/paths.ts';
import { type Identity, joinIdentity } from '../identity.ts';
import { AcmeRecord } from './record.ts';
import { serverFile } from './server-file.ts';
import { type Stock, stockOf } from './stock.ts';
import { type AcmeServer, AcmeWanted, type Identifier } from './wanted.ts';

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

  /** What is wanted; undefined when nothing is. @throws when the file is wrong */
  async readWanted(): Promise<AcmeWanted | undefined> {
    const text = await readText(this.#paths.acmeWanted);
    // The parser's own message would quote the text, which may hold the binding's key.
    return text === undefined ? undefined : AcmeWanted.parse(jsonOrUndefined(text));
  }

  /** Removes what is kept of orders at other servers: nobody goes on with them, and each has a private key in it. */
  async removeOrdersBut(servers: readonly AcmeServer[]): Promise<void> {
    const kept = servers.map((server) => serverFile('order', server));
    const names = await readdir(this.#paths.acmeState).catch(() => []);
    const others = names.filter((name) => /^order-.*\.json$/.test(name) && !kept.includes(name));
    for (const name of others) await removeFile(join(this.#paths.acmeState, name));
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
