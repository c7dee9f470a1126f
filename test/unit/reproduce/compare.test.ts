import { describe, expect, it } from 'vitest';
import { compare } from '../../../src/reproduce/compare.ts';
import type { ImageEntry } from '../../../src/reproduce/image-entry.ts';

const file: ImageEntry = {
  path: '/etc/motd',
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 5,
  content: 'a'.repeat(64),
  attributes: [],
  modifiedAt: 1000,
};
const link: ImageEntry = { ...file, path: '/bin', kind: 'link', mode: 0o777, size: 0, content: 'usr/bin' };
const directory: ImageEntry = { ...file, path: '/etc', kind: 'directory', mode: 0o755, size: 0, content: '' };
const image = [link, directory, file];

/** What differs when the file is replaced. */
function whatOf(change: Partial<ImageEntry>, of: ImageEntry = file): readonly string[] {
  const changed = image.map((entry) => (entry === of ? { ...entry, ...change } : entry));
  const { differences } = compare(image, changed);
  expect(differences.map(({ path }) => path)).toEqual([of.path]);
  return differences[0]?.what ?? [];
}

describe('the comparison of two images', () => {
  it('finds nothing where they are alike', () => {
    const copy = structuredClone(image).reverse();
    expect(compare(image, copy)).toEqual({ paths: 3, differences: [], times: 0 });
  });

  it('tells a file with another content', () => {
    expect(whatOf({ content: 'b'.repeat(64) })).toEqual(['content (5 bytes)']);
    expect(whatOf({ content: 'b'.repeat(64), size: 6 })).toEqual(['content (5 and 6 bytes)']);
  });

  it('tells another target of a link', () => {
    expect(whatOf({ content: '/usr/bin' }, link)).toEqual(['target (usr/bin and /usr/bin)']);
  });

  it('tells all that differs in one path', () => {
    expect(whatOf({ mode: 0o4755, uid: 100, gid: 101, attributes: ['security.capability'] })).toEqual([
      'mode (0644 and 4755)',
      'owner (0:0 and 100:101)',
      'attributes (none and security.capability)',
    ]);
  });

  it('says only that a path is something else when it is', () => {
    expect(whatOf({ kind: 'link', content: 'x', mode: 0o777 })).toEqual(['kind (file and link)']);
  });

  it('tells which image has a path that the other has not, sorted by path', () => {
    const some = { ...file, path: '/var/b' };
    const other = { ...file, path: '/var/a' };
    expect(compare([...image, some], [...image, other])).toEqual({
      paths: 5,
      differences: [
        { path: '/var/a', what: ['only in the second'] },
        { path: '/var/b', what: ['only in the first'] },
      ],
      times: 0,
    });
  });

  it('counts times of last change, which are no difference', () => {
    const later = image.map((entry) => ({ ...entry, modifiedAt: 2000 }));
    expect(compare(image, later)).toEqual({ paths: 3, differences: [], times: 3 });
  });
});
