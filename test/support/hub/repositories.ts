import { createHash } from 'node:crypto';

/** A file of a repository on the hub. */
export interface HubFile {
  /** `owner/name` */
  readonly repository: string;
  readonly path: string;
  readonly content: Uint8Array;
  /** Kept with Git LFS (unless false), so that the hub knows its SHA-256 and the CDN serves it. */
  readonly isLfs?: boolean;
  /** Only for who has the hub's token. */
  readonly isGated?: boolean;
}

export type Found =
  | { readonly file: HubFile; readonly commit: string }
  | { readonly missing: 'RepoNotFound' | 'RevisionNotFound' | 'EntryNotFound' };

export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The repositories with all their commits; each has one branch, `main`. */
export class Repositories {
  readonly #commits = new Map<string, { readonly id: string; readonly files: readonly HubFile[] }[]>();

  constructor(files: readonly HubFile[]) {
    for (const [repository, own] of Map.groupBy(files, (file) => file.repository)) {
      this.#commit(repository, own);
    }
  }

  /** Adds or replaces a file, in a commit to which `main` moves. */
  put(file: HubFile): void {
    const present = this.#commits.get(file.repository)?.at(-1)?.files ?? [];
    this.#commit(file.repository, [...present.filter(({ path }) => path !== file.path), file]);
  }

  /** Makes all commits but the last unreachable, as a forced push does. */
  forgetHistory(repository: string): void {
    const commits = this.#commits.get(repository);
    commits?.splice(0, commits.length - 1);
  }

  find(repository: string, revision: string, path: string): Found {
    const commits = this.#commits.get(repository);
    if (!commits) return { missing: 'RepoNotFound' };
    const commit = revision === 'main' ? commits.at(-1) : commits.find(({ id }) => id === revision);
    if (!commit) return { missing: 'RevisionNotFound' };
    const file = commit.files.find((candidate) => candidate.path === path);
    return file ? { file, commit: commit.id } : { missing: 'EntryNotFound' };
  }

  /** The content with that hash, which the CDN serves by it. */
  blob(sha256: string): Uint8Array | undefined {
    const all = [...this.#commits.values()].flatMap((commits) => commits.flatMap(({ files }) => files));
    return all.find(({ content }) => sha256Of(content) === sha256)?.content;
  }

  #commit(repository: string, files: readonly HubFile[]): void {
    const commits = this.#commits.get(repository) ?? [];
    const id = createHash('sha1').update(`${repository} ${commits.length}`).digest('hex');
    this.#commits.set(repository, [...commits, { id, files }]);
  }
}
