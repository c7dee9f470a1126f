import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../errors/catalogue.ts';

/** Keyring that verifies Debian's archive, from the package debian-archive-keyring. */
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** deb822 package sources (sources.list(5)) for `suite` from one mirror, with its updates. */
export function mirrorSources(mirror: string, suite: string): string {
  return [
    'Types: deb',
    `URIs: ${mirror}`,
    `Suites: ${suite} ${suite}-updates`,
    'Components: main',
    `Signed-By: ${debianKeyring}`,
    '',
  ].join('\n');
}

/** Rewrites the sources of a host that runs `hostSuite` for `suite`, line by line, comments dropped. */
export function sourcesForSuite(text: string, hostSuite: string, suite: string): string {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .map((line) =>
      /^(Suites:|deb\s)/.test(line)
        ? line.replace(new RegExp(`(\\s)${hostSuite}(?=[-\\s]|$)`, 'g'), `$1${suite}`)
        : line,
    )
    .join('\n');
}

async function hostSuite(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8');
  return /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? '';
}

/** The backports suite of the archive that `text`, sources of `suite`, names first (sources.list(5)). */
export function backportsSources(text: string, suite: string): string {
  const [stanza = ''] = text
    .split(/\n\s*\n/)
    .filter((part) => new RegExp(`(Suites:|^deb\\s).*\\b${suite}(\\s|$)`, 'm').test(part));
  if (/^Types:/m.test(stanza)) return `${stanza.replace(/^Suites:.*$/m, `Suites: ${suite}-backports`)}\n`;
  const line = stanza.split('\n').find((each) => new RegExp(`^deb\\s.*\\s${suite}\\s`).test(each)) ?? '';
  return `${line.replace(new RegExp(`(\\s)${suite}(?=\\s)`), `$1${suite}-backports`)}\n`;
}

interface HostArchive {
  readonly codename: string;
  /** sources.list(5), in the syntax that `extension` tells. */
  readonly text: string;
  readonly extension: 'sources' | 'list';
}

/**
 * Package sources of this Debian machine. Third-party sources are left out: only a file that names the
 * machine's own suite and Debian's keyring counts.
 * @throws BUILD_NO_DEBIAN_SOURCES when this is no Debian, or its sources are nowhere to be found
 */
export async function hostArchive(): Promise<HostArchive> {
  const codename = await hostSuite();
  const directory = '/etc/apt/sources.list.d';
  const names = (await readdir(directory).catch(() => [])).sort();
  const candidates = [
    ...names.filter((name) => /\.(sources|list)$/.test(name)).map((name) => join(directory, name)),
    '/etc/apt/sources.list',
  ];
  for (const path of candidates) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const isDebian =
      text.includes(debianKeyring) || /^deb\s+(\[(?![^\]]*signed-by)[^\]]*\]\s+)?\S*\bdebian\b/m.test(text);
    if (codename && isDebian && text.includes(codename)) {
      const extension = /^Types:/m.test(text) ? 'sources' : 'list';
      return { codename, extension, text: sourcesForSuite(text, codename, codename) };
    }
  }
  throw failure('BUILD_NO_DEBIAN_SOURCES', { places: candidates.join(', ') });
}

/** Package sources for another suite from this machine's own mirror. Throws as `hostArchive` does. */
export async function hostSources(suite: string): Promise<string> {
  const { codename, text } = await hostArchive();
  return sourcesForSuite(text, codename, suite);
}
