import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { $ } from 'zx';
import { ownCatalogue } from '../../../src/builder/profiles.ts';
import { loggingShell } from '../../../src/builder/shell.ts';
import { openLog } from '../../../src/cli/log-file.ts';
import { servicesFile } from '../../../src/marketplace/write-submission.ts';
import { type Preflight, requestProblems } from '../../../src/release/preflight.ts';

const { signal } = new AbortController();
const shell = loggingShell(openLog('/dev/null').stream, signal);

let folder: string;
/** A rehearsal that nothing speaks against. */
let good: Preflight;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onepilot-preflight-'));
  const key = join(folder, 'key');
  await $({ quiet: true })`ssh-keygen -q -t ed25519 -N ${''} -f ${key}`;
  await $({ quiet: true })`ssh-keygen -q -t ed25519 -N secret -f ${join(folder, 'locked')}`;
  const oneContext = await debianPackage('one-context', '7.2.1-double');
  const build = { suite: 'trixie', mirror: undefined, oneContext };
  const url = 'https://downloads.onepilot.internal/';
  const rest = { profiles: ['smoke'], email: undefined, into: undefined, signal };
  good = { ...rest, url, key, rehearsal: true, build };
  const makefile = join(folder, 'marketplace', servicesFile);
  await mkdir(dirname(makefile), { recursive: true });
  await writeFile(makefile, 'SERVICES := nixos\n');
});
afterAll(() => rm(folder, { recursive: true }));

/** A Debian package with nothing in it. */
async function debianPackage(name: string, version: string): Promise<string> {
  const tree = join(folder, name);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  const fields = [`Package: ${name}`, `Version: ${version}`, 'Architecture: all', 'Maintainer: x <x@y>'];
  await writeFile(join(tree, 'DEBIAN/control'), `${[...fields, 'Description: nothing'].join('\n')}\n`);
  const path = join(folder, `${name}.deb`);
  await $({ quiet: true })`dpkg-deb -b ${tree} ${path}`;
  return path;
}

/** The catalogue with its profile 8gb under a name that the marketplace does not know, for an enormous VM. */
async function foreignCatalogue(): Promise<string> {
  const path = join(folder, 'catalogue.yaml');
  const own = await readFile(ownCatalogue, 'utf8');
  await writeFile(path, own.replace(/^( *)8gb:/m, '$1giant:').replace('memory: 8,', 'memory: 100000,'));
  return path;
}

describe('what a release is asked for', () => {
  it('may be a rehearsal with a package, a key and an address that are none to publish with', async () => {
    expect(await requestProblems(good, shell)).toEqual([]);
    expect(await requestProblems({ ...good, into: join(folder, 'marketplace') }, shell)).toEqual([]);
  });

  it('is refused with everything that would stop it hours later, at once', async () => {
    const models = { catalogue: await foreignCatalogue() };
    const wrong: Preflight = {
      ...good,
      rehearsal: false,
      profiles: ['giant'],
      email: 'me',
      into: folder,
      key: join(folder, 'locked'),
      build: { ...good.build, models },
    };
    const expected = [
      /^--url https:\/\/downloads\.onepilot\.internal\/ leads nowhere/,
      /^--email me is no e-mail address/,
      /^--key .*locked signs nothing: /,
      /profile «giant» in images/,
      /profile «giant» in modelDisks/,
      /profile «giant» in templates/,
      /GiB of memory; .* GiB are needed/,
      /one-context\.deb is one-context 7\.2\.1-double/,
      /has no hash|has not the hash/,
      /^--into .* is no checkout/,
    ];
    const problems = await requestProblems(wrong, shell);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, index) => {
      expect(problems[index]).toMatch(pattern);
    });
  });

  it.each([
    ['a file that is no key', async () => ({ key: await written('no-key') }), /signs nothing/],
    ['no publisher', () => ({ rehearsal: false }), /--email ADDRESS/],
    [
      'a package of another name',
      async () => ({ build: { ...good.build, oneContext: await debianPackage('cloud-init', '1') } }),
      /is not the one-context package/,
    ],
    [
      'a package that is not there',
      () => ({ build: { ...good.build, oneContext: '/nowhere.deb' } }),
      /There is no file \/nowhere\.deb/,
    ],
  ])('is refused with %s', async (_, change, problem) => {
    const problems = await requestProblems({ ...good, ...(await change()) }, shell);
    expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });
});

async function written(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, 'x\n', { mode: 0o600 });
  return path;
}
