/** What a file is, in the words of inode(7). */
export type EntryKind =
  | 'file'
  | 'directory'
  | 'link'
  | 'character device'
  | 'block device'
  | 'fifo'
  | 'socket';

/** One name in an image. A file with several names has an entry for each. */
export interface Entry {
  /** Absolute, as the running appliance sees it. */
  readonly path: string;
  readonly kind: EntryKind;
  /** The twelve bits of chmod(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; of a link, those of its target. */
  readonly size: number;
  /** What a link points to, as it stands there. */
  readonly target?: string;
  /** Names of extended attributes, `security.capability` among them. */
  readonly attributes: readonly string[];
  /** Seconds since 1970 of the last change of its content, where the file system is asked for it. */
  readonly modifiedAt?: number;
}

/** Every name in an image's file systems, in the order of paths, and what the files hold. */
export interface Inventory {
  readonly entries: ReadonlyMap<string, Entry>;
  /** The content of a file; empty when there is none at `path`. */
  read(path: string): Promise<Buffer>;
  /** Digest of a file's content in lower-case hex, whatever its size. */
  digest(path: string, algorithm: 'md5' | 'sha256'): Promise<string>;
}

/** A file's text; empty when there is none. */
export async function readText(inventory: Inventory, path: string): Promise<string> {
  return (await inventory.read(path)).toString('utf8');
}

/** Lines of a file that say something. */
export async function readLines(inventory: Inventory, path: string): Promise<string[]> {
  return (await readText(inventory, path)).split('\n').filter(Boolean);
}

/** All files of an image, links and directories left out. */
export function filesOf({ entries }: Inventory): Entry[] {
  return [...entries.values()].filter(({ kind }) => kind === 'file');
}

/** How many links may lie in the way, as in Linux (path_resolution(7)). */
const maximumLinks = 40;

/** Puts `.`, `..` and doubled slashes of an absolute path right, without looking at links. */
function normalized(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}

/**
 * The path at which an entry really lies: links among the directories are followed, and the last name too if `follow`
 * says so. dpkg's lists still say `/bin/sh` where `/bin` has become a link.
 */
export function resolvePath({ entries }: Inventory, path: string, follow = false): string {
  let rest = normalized(path);
  let place: string[] = [];
  for (let links = 0; rest.length > 0; ) {
    const [name = '', ...others] = rest;
    const entry = entries.get(`/${[...place, name].join('/')}`);
    const passes = others.length > 0 || follow;
    if (entry?.target === undefined || !passes || links >= maximumLinks) {
      place.push(name);
      rest = others;
      continue;
    }
    links += 1;
    const target = entry.target.startsWith('/') ? entry.target : `/${[...place, entry.target].join('/')}`;
    rest = [...normalized(target), ...others];
    place = [];
  }
  return `/${place.join('/')}`;
}
