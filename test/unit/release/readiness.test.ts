import { describe, expect, it } from 'vitest';
import { type CheckoutFacts, releaseNotes, releaseProblems } from '../../../src/release/readiness.ts';

const changelog = `# Changelog

## Unreleased

- Not yet.

## 1.2.0 - 2026-11-21

### Added

- Something.

## [1.1.0] - 2026-10-01

- Before.
`;
const ready: CheckoutFacts = { version: '1.2.0', changelog, changed: [] };

describe('a release', () => {
  it('may be made of a committed checkout of that version with a section of the changelog', () => {
    expect(releaseProblems('1.2.0', ready, false)).toEqual([]);
  });

  it('is refused with everything that stands against it', () => {
    const facts = { ...ready, version: '1.1.0', changed: ['src/a.ts', 'b.ts'] };
    expect(releaseProblems('1.3.0', facts, false)).toEqual([
      expect.stringContaining('package.json says 1.1.0'),
      expect.stringContaining('CHANGELOG.md has no section «## 1.3.0'),
      '2 files are not committed (src/a.ts, b.ts): commit or remove them',
    ]);
    expect(releaseProblems('1.2.0', { ...ready, changed: undefined }, false)).toEqual([
      expect.stringContaining('no git checkout'),
    ]);
  });

  it('may be rehearsed with work that is not finished, but not under another version', () => {
    const facts = { ...ready, changelog: '', changed: ['a'] };
    expect(releaseProblems('1.2.0', facts, true)).toEqual([]);
    expect(releaseProblems('9.0.0', facts, true)).toHaveLength(1);
  });

  it('has the notes of its section alone', () => {
    expect(releaseNotes(changelog, '1.2.0')).toBe('### Added\n\n- Something.');
    expect(releaseNotes(changelog, '1.1.0')).toBe('- Before.');
    expect(releaseNotes(changelog, 'Unreleased')).toBeUndefined();
    expect(releaseNotes(changelog, '1.2')).toBeUndefined();
  });
});
