import type { EntryKind } from './inventory.ts';

/** A name in a directory, as `debugfs -R 'ls -p'` prints it. */
export interface DirectoryEntry {
  readonly inode: number;
  readonly name: string;
  readonly isDirectory: boolean;
}

/** A run of a file's blocks on the disk. */
export interface Extent {
  /** First block within the file. */
  readonly logical: number;
  /** First block within the file system. */
  readonly physical: number;
  /** Blocks. */
  readonly length: number;
  /** Reserved, but never written: it reads as zeros. */
  readonly unwritten: boolean;
}

/** What `debugfs -R stat` says of an inode. */
export interface Inode {
  readonly kind: EntryKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Target of a link that is short enough to lie in the inode itself. */
  readonly target?: string;
  readonly attributes: readonly string[];
  /** Seconds since 1970, until 2038. */
  readonly modifiedAt: number;
  readonly extents: readonly Extent[];
}

const kinds: Readonly<Record<string, EntryKind>> = {
  regular: 'file',
  directory: 'directory',
  symlink: 'link',
  'character special': 'character device',
  'block special': 'block device',
  FIFO: 'fifo',
  socket: 'socket',
};

const prompt = 'debugfs: ';

/**
 * What debugfs printed after each command of a file of commands (`debugfs -f`), in their order. It repeats each command
 * on a line of its own.
 */
export function answers(output: string, commands: readonly string[]): string[] {
  const found: string[] = [];
  const lines = output.split('\n');
  let start = 0;
  for (const [index, command] of commands.entries()) {
    if (lines[start] !== `${prompt}${command}`) throw new Error(`debugfs did not answer «${command}»`);
    const next = commands[index + 1];
    const end = next === undefined ? lines.length : lines.indexOf(`${prompt}${next}`, start + 1);
    if (end < 0) throw new Error(`debugfs stopped after «${command}»`);
    found.push(lines.slice(start + 1, end).join('\n'));
    start = end;
  }
  return found;
}

/** Parses `ls -p`: `/inode/mode/uid/gid/name/size/`, a line for each name. */
export function parseListing(text: string): DirectoryEntry[] {
  return (
    text
      .split('\n')
      // Inode 0 marks room that no name uses.
      .filter((line) => line !== '' && !line.startsWith('/0/'))
      .map((line) => {
        const [, inode, mode, name] = /^\/(\d+)\/(\d+)\/\d+\/\d+\/(.+)\/\d*\/$/.exec(line) ?? [];
        if (inode === undefined || mode === undefined || name === undefined) {
          throw new Error(`a directory has an entry that cannot be read: ${line}`);
        }
        return { inode: Number(inode), name, isDirectory: mode.startsWith('04') };
      })
      .filter(({ name }) => name !== '.' && name !== '..')
  );
}

function parseExtents(text: string): Extent[] {
  const listed = /^EXTENTS:\n(.*)/ms.exec(text)?.[1] ?? '';
  return [...listed.matchAll(/\((\d+)(?:-(\d+))?(\[u\])?\):(\d+)/g)].map(
    ([, first = '', last = first, unwritten, physical = '']) => ({
      logical: Number(first),
      physical: Number(physical),
      length: Number(last) - Number(first) + 1,
      unwritten: unwritten !== undefined,
    }),
  );
}

function parseAttributes(text: string): string[] {
  const listed = /^Extended attributes:\n((?: {2}.*\n)*)/m.exec(text)?.[1] ?? '';
  return [...listed.matchAll(/^ {2}(\S+) \(\d+\)/gm)].map(([, name = '']) => name);
}

/** Extents are how ext4 says where a file lies; other layouts are for older file systems (Flags, EXT4_EXTENTS_FL). */
const extentsFlag = 0x80000;

/** Parses `stat`. @throws Error when debugfs said something else */
export function parseInode(text: string): Inode {
  const [, type = '', mode, flags] =
    /^Inode: \d+ +Type: (\S+(?: special)?) +Mode: +(\d+) +Flags: 0x([0-9a-f]+)/m.exec(text) ?? [];
  const [, uid, gid, size] =
    /^User: +(\d+) +Group: +(\d+)(?: +Project: +\d+)? +Size: (\d+)/m.exec(text) ?? [];
  const kind = kinds[type];
  if (!kind || mode === undefined || flags === undefined) throw new Error(`an inode cannot be read: ${text}`);
  if (kind === 'file' && Number(size) > 0 && (Number.parseInt(flags, 16) & extentsFlag) === 0) {
    throw new Error(`a file has no extents, which is not how an image's file system is made: ${text}`);
  }
  const target = /^Fast link dest: "(.*)"$/m.exec(text)?.[1];
  return {
    kind,
    mode: Number.parseInt(mode, 8) & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size ?? 0),
    ...(target === undefined ? {} : { target }),
    attributes: parseAttributes(text),
    modifiedAt: Number.parseInt(/^ *mtime: 0x([0-9a-f]{8})/m.exec(text)?.[1] ?? '0', 16),
    extents: parseExtents(text),
  };
}
