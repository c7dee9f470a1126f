import type { ImageEntry } from './image-entry.ts';

/** A path that two images do not have alike. */
export interface Difference {
  readonly path: string;
  /** What differs, for a person: `content (120 and 124 bytes)`, `mode (0644 and 0600)`. */
  readonly what: readonly string[];
}

/** Two images, path by path. */
export interface Comparison {
  /** Paths of either. */
  readonly paths: number;
  /** By path. */
  readonly differences: readonly Difference[];
  /** Of the paths that both have, those whose time of last change differs: it is no part of the content. */
  readonly times: number;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function whatDiffers(a: ImageEntry, b: ImageEntry): string[] {
  if (a.kind !== b.kind) return [`kind (${a.kind} and ${b.kind})`];
  const what: string[] = [];
  if (a.content !== b.content) {
    what.push(
      a.kind === 'link'
        ? `target (${a.content} and ${b.content})`
        : a.size === b.size
          ? `content (${a.size} bytes)`
          : `content (${a.size} and ${b.size} bytes)`,
    );
  }
  if (a.mode !== b.mode) what.push(`mode (${octal(a.mode)} and ${octal(b.mode)})`);
  if (a.uid !== b.uid || a.gid !== b.gid) what.push(`owner (${a.uid}:${a.gid} and ${b.uid}:${b.gid})`);
  const [some, others] = [a, b].map(({ attributes }) => [...attributes].sort().join(' ') || 'none');
  if (some !== others) what.push(`attributes (${some} and ${others})`);
  return what;
}

/** Compares two images. Decides nothing about what may differ. */
export function compare(first: readonly ImageEntry[], second: readonly ImageEntry[]): Comparison {
  const [inFirst, inSecond] = [first, second].map((all) => new Map(all.map((entry) => [entry.path, entry])));
  const paths = [...new Set([...first, ...second].map(({ path }) => path))].sort();
  let times = 0;
  const differences = paths.flatMap((path): Difference[] => {
    const a = inFirst?.get(path);
    const b = inSecond?.get(path);
    if (!a || !b) return [{ path, what: [a ? 'only in the first' : 'only in the second'] }];
    if (a.modifiedAt !== b.modifiedAt) times += 1;
    const what = whatDiffers(a, b);
    return what.length > 0 ? [{ path, what }] : [];
  });
  return { paths: paths.length, differences, times };
}
