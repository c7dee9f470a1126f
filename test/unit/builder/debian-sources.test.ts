import { expect, it } from 'vitest';
import { backportsSources, mirrorSources, sourcesForSuite } from '../../../src/builder/debian-sources.ts';

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

it('finds the backports of the same archive', () => {
  const deb822 =
    'Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\nTypes: deb\nURIs: http://mirror.test/debian-security\nSuites: bookworm-security\n';
  expect(backportsSources(deb822, 'bookworm')).toBe(
    'Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm-backports\nComponents: main\n',
  );
  expect(backportsSources('deb http://mirror.test/debian bookworm main\n', 'bookworm')).toBe(
    'deb http://mirror.test/debian bookworm-backports main\n',
  );
});

it('names one mirror with its updates', () => {
  expect(mirrorSources('http://mirror.test/debian', 'trixie')).toContain('Suites: trixie trixie-updates');
});
