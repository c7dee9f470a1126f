import { expect, it } from 'vitest';
import { mirrorSources, sourcesForSuite } from '../../../src/builder/debian-sources.ts';

it('moves deb822 sources to another suite, updates and security included', () => {
  const host = [
    'Types: deb',
    '# a snapshot of bookworm',
    'URIs: http://mirror.test/bookworm-is-in-the-path',
    'Suites: bookworm bookworm-updates',
    'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
    '',
    'Suites: bookworm-security',
  ].join('\n');
  expect(sourcesForSuite(host, 'bookworm', 'trixie').split('\n')).toEqual([
    'Types: deb',
    'URIs: http://mirror.test/bookworm-is-in-the-path',
    'Suites: trixie trixie-updates',
    'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
    '',
    'Suites: trixie-security',
  ]);
});

it('moves one-line sources', () => {
  expect(sourcesForSuite('deb http://mirror.test/debian bookworm main', 'bookworm', 'trixie')).toBe(
    'deb http://mirror.test/debian trixie main',
  );
});

it('names one mirror with its updates', () => {
  expect(mirrorSources('http://mirror.test/debian', 'trixie')).toContain('Suites: trixie trixie-updates');
});
