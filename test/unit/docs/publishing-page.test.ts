import { execFile } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beside } from '../../../src/builder/artefacts.ts';
import { checkout } from '../../../src/builder/places.ts';
import { shellBlocks } from '../../../src/docs/shell-blocks.ts';
import { checksumFile, renderChecksums } from '../../../src/release/checksums.ts';
import { signManifest } from '../../../src/signature/sign.ts';
import { publish } from '../signature/published.ts';

const page = await readFile(join(checkout, 'docs/publishing.md'), 'utf8');
const [build = '', verify = '', verifyPlainly = '', ...more] = shellBlocks(page, 'Rehearse');

let rehearsal: string;
beforeEach(async () => {
  rehearsal = await mkdtemp(join(tmpdir(), 'onepilot-rehearsal-'));
});
afterEach(() => rm(rehearsal, { recursive: true }));

interface Outcome {
  readonly succeeded: boolean;
  readonly output: string;
}

/** Runs commands of the page in the checkout, as somebody does who pastes them. */
function follow(commands: string, environment: NodeJS.ProcessEnv, flags: readonly string[] = []) {
  return new Promise<Outcome>((resolve) => {
    const options = {
      cwd: checkout,
      env: { ...process.env, ONE_CONTEXT: 'one-context.deb', ...environment },
    };
    const child = execFile('bash', [...flags, '-c', commands], options, (error, stdout, stderr) =>
      resolve({ succeeded: error === null, output: stdout + stderr }),
    );
    // A command that asks something gets no answer.
    child.stdin?.end();
  });
}

/** A folder in which `npm` says what it was called with, for the one command that takes a quarter of an hour. */
async function sayingNpm(): Promise<string> {
  const folder = join(rehearsal, 'bin');
  await mkdir(folder);
  await writeFile(join(folder, 'npm'), '#!/bin/sh\necho "npm $*"\n');
  await chmod(join(folder, 'npm'), 0o755);
  return `${folder}:${process.env.PATH}`;
}

it('has three blocks to rehearse with: the release, and two ways of verifying it', () => {
  expect(build).toContain('npm run -s release');
  expect(verify).toContain('npm run -s verify');
  expect(verifyPlainly).toContain('ssh-keygen -Y verify');
  expect(more).toEqual([]);
});

describe('the block that makes the release', () => {
  it('makes a folder of its own where none is named, which the next blocks know', async () => {
    const environment = { PATH: await sayingNpm(), TMPDIR: rehearsal, REHEARSAL: undefined };
    const { succeeded, output } = await follow(`${build}\necho "in $REHEARSAL"`, environment);
    expect(succeeded, output).toBe(true);
    const [, folder = ''] = /^in (.*)$/m.exec(output) ?? [];
    expect(folder.startsWith(join(rehearsal, 'tmp.'))).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['allowed_signers', 'key', 'key.pub']);
    expect(output).toContain(`--one-context one-context.deb --key ${folder}/key`);
  });

  it('keeps the key of an earlier run, and asks nothing', async () => {
    const environment = { PATH: await sayingNpm(), REHEARSAL: rehearsal };
    expect((await follow(build, environment, ['-euo', 'pipefail'])).succeeded).toBe(true);
    const key = await readFile(join(rehearsal, 'key'), 'utf8');
    const { succeeded, output } = await follow(build, environment, ['-euo', 'pipefail']);
    expect(succeeded, output).toBe(true);
    expect(output).not.toContain('Overwrite');
    expect(await readFile(join(rehearsal, 'key'), 'utf8')).toBe(key);
  });

  it('ends where the package is not named', async () => {
    const environment = { PATH: await sayingNpm(), REHEARSAL: rehearsal, ONE_CONTEXT: undefined };
    const { succeeded, output } = await follow(build, environment);
    expect(succeeded).toBe(false);
    expect(output).toContain('ONE_CONTEXT');
  });
});

describe('the blocks that verify a release', () => {
  let folder: string;
  let image: string;

  /** Writes all checksums anew, as whoever swaps a file does. */
  async function writeChecksums(): Promise<void> {
    await rm(join(folder, checksumFile), { force: true });
    await writeFile(join(folder, checksumFile), await renderChecksums(folder));
  }

  /** Whether each way of verifying succeeds, in a shell that ends at the first failure and in one that does not. */
  async function outcomes(): Promise<Outcome[]> {
    const environment = { REHEARSAL: rehearsal };
    return Promise.all([
      follow(verify, environment),
      follow(verifyPlainly, environment),
      follow(`${verify}\n${verifyPlainly}`, environment, ['-euo', 'pipefail']),
    ]);
  }

  beforeEach(async () => {
    await follow(build, { PATH: await sayingNpm(), REHEARSAL: rehearsal });
    const published = await publish();
    folder = join(rehearsal, '1.2.3-rehearsal');
    await rename(published.folder, folder);
    image = join(folder, basename(published.image));
    await signManifest(image, join(rehearsal, 'key'));
    await writeChecksums();
  });

  it('succeed for what is genuine', async () => {
    for (const { succeeded, output } of await outcomes()) {
      expect(succeeded, output).toBe(true);
      expect(output).toMatch(/Genuine|is what they signed/);
    }
  });

  it('fail for an image that was swapped together with its checksums', async () => {
    await appendFile(image, 'x');
    await writeChecksums();
    for (const { succeeded, output } of await outcomes()) {
      expect(succeeded).toBe(false);
      expect(output).not.toContain('Genuine');
    }
  });

  it('fail for a bill of materials that was swapped, and for an image whose manifest is gone', async () => {
    const { bill, manifest } = beside(image);
    await appendFile(bill, ' ');
    await writeChecksums();
    expect((await outcomes()).map(({ succeeded }) => succeeded)).toEqual([false, false, false]);
    await rm(manifest);
    await writeChecksums();
    expect((await outcomes()).map(({ succeeded }) => succeeded)).toEqual([false, false, false]);
  });

  it('leave the shell where it was', async () => {
    const { output } = await follow(`${verifyPlainly}\npwd`, { REHEARSAL: rehearsal });
    expect(output).toContain(`\n${checkout}\n`);
  });
});
