import type { Finding } from './finding.ts';
import type { Mapping } from './mapping.ts';
import type { Submission } from './submission.ts';
import { readTemplateText } from './template-text.ts';

/**
 * The import driver as a consumer of what is said about an app (one, src/market_mad/remotes/one/monitor): it puts each
 * text between quotes and escapes quotes alone, in the names of disks not even those.
 */
export function checkAppText({ entries }: Submission): Finding[] {
  return entries.flatMap(({ file, data }) =>
    [...texts(data)]
      .filter(([, { value, written }]) => !arrives(value, written))
      .map(([name]) => ({
        file,
        rule: 'app-unreadable',
        problem: `${name} arrives differently in the core`,
      })),
  );
}

interface Text {
  readonly value: string;
  /** As the driver writes it, between quotes. */
  readonly written: string;
}

function texts(data: Mapping): Map<string, Text> {
  const tags = Array.isArray(data.tags) ? data.tags.join(', ') : undefined;
  const said: Mapping = { ...data, tags };
  const found = new Map<string, Text>();
  for (const name of ['name', 'publisher', 'short_description', 'version', 'tags'] as const) {
    const value = said[name];
    if (typeof value === 'string') found.set(name, { value, written: value.replaceAll('"', '\\"') });
  }
  for (const disk of Array.isArray(data.disks) ? data.disks.map(String) : []) {
    found.set(`disk «${disk}»`, { value: disk, written: disk });
  }
  return found;
}

function arrives(value: string, written: string): boolean {
  try {
    const read = readTemplateText(`TEXT="${written}"\nNEXT="1"\n`);
    return read.get('TEXT') === value && read.get('NEXT') === '1';
  } catch {
    return false;
  }
}
