import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { digestFile } from '../../../src/builder/digest.ts';
import {
  OneContextPin,
  oneContextDigest,
  oneContextProblems,
  provideOneContext,
} from '../../../src/builder/one-context.ts';
import { checkout } from '../../../src/builder/places.ts';
import { loggingShell, type Shell } from '../../../src/builder/shell.ts';
import { openLog } from '../../../src/cli/log-file.ts';

const signal = new AbortController().signal;
let directory: string;
let shell: Shell;
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-test-'));
  shell = loggingShell(openLog('/dev/null').stream, signal);
  process.env.ONEPILOT_CACHE = join(directory, 'cache');
});
afterEach(async () => {
  delete process.env.ONEPILOT_CACHE;
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true, force: true });
});

/** A Debian package of that name with nothing in it. */
async function debianPackage(name: string): Promise<string> {
  const tree = join(directory, name);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: nothing\n`;
  await writeFile(join(tree, 'DEBIAN/control'), control);
  const path = join(directory, `${name}.deb`);
  await shell.run(['dpkg-deb', '--build', '-Znone', tree, path]);
  return path;
}

async function pinOf(url: string, sha256: string): Promise<string> {
  const path = join(directory, 'pin.yaml');
  await writeFile(path, JSON.stringify({ version: '1', url, sha256 }));
  return path;
}

/** Serves a file as a release page would, counting how often. */
async function release(file: string): Promise<{ url: string; asked: () => number }> {
  const bytes = await readFile(file);
  let count = 0;
  server = createServer((_request, answer) => {
    count += 1;
    answer.end(bytes);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/one-context.deb`, asked: () => count };
}

it('takes the file that was given', async () => {
  const file = await debianPackage('one-context');
  expect(await provideOneContext({ oneContext: file }, shell, signal)).toBe(file);
});

it('fetches the pinned release once and keeps it', async () => {
  const file = await debianPackage('one-context');
  const { url, asked } = await release(file);
  const pin = await pinOf(url, await digestFile(file));
  const first = await provideOneContext({}, shell, signal, pin);
  expect(await provideOneContext({}, shell, signal, pin)).toBe(first);
  expect(asked()).toBe(1);
  expect(await digestFile(first)).toBe(await digestFile(file));
});

it('fetches a release again whose kept copy is damaged', async () => {
  const file = await debianPackage('one-context');
  const { url, asked } = await release(file);
  const pin = await pinOf(url, await digestFile(file));
  const kept = await provideOneContext({}, shell, signal, pin);
  await writeFile(kept, 'damaged');
  expect(await digestFile(await provideOneContext({}, shell, signal, pin))).toBe(await digestFile(file));
  expect(asked()).toBe(2);
});

it('tells a package to publish from any other', async () => {
  const file = await debianPackage('one-context');
  const sha256 = await digestFile(file);
  const url = 'http://127.0.0.1:9/one-context.deb';
  expect(await oneContextProblems(file, shell, await pinOf(url, sha256))).toEqual([]);
  expect(await oneContextProblems(file, shell, await pinOf(url, ''))).toEqual([
    expect.stringContaining(sha256),
  ]);
  await writeFile(join(directory, 'pin.yaml'), JSON.stringify({ version: '2', url, sha256: 'b'.repeat(64) }));
  expect(await oneContextProblems(file, shell, join(directory, 'pin.yaml'))).toHaveLength(2);
});

it('refuses a release whose bytes are not the pinned ones', async () => {
  const { url } = await release(await debianPackage('one-context'));
  const pin = await pinOf(url, 'a'.repeat(64));
  await expect(provideOneContext({}, shell, signal, pin)).rejects.toMatchObject({
    code: 'ONE_CONTEXT_WRONG',
  });
});

it('says what to do without network', async () => {
  const pin = await pinOf('http://127.0.0.1:9/one-context.deb', 'a'.repeat(64));
  await expect(provideOneContext({}, shell, signal, pin)).rejects.toMatchObject({
    code: 'ONE_CONTEXT_UNREACHABLE',
    fix: expect.stringContaining('--one-context FILE.deb'),
  });
});

it('installs nothing that has no hash to compare with', async () => {
  const pin = await pinOf('http://127.0.0.1:9/one-context.deb', '');
  await expect(oneContextDigest({}, pin)).rejects.toMatchObject({
    code: 'ONE_CONTEXT_NOT_PINNED',
    fix: expect.stringContaining('--one-context FILE.deb'),
  });
});

it('refuses another package, and a file that is none', async () => {
  const other = await debianPackage('cloud-init');
  await expect(provideOneContext({ oneContext: other }, shell, signal)).rejects.toMatchObject({
    code: 'ONE_CONTEXT_WRONG',
  });
  await writeFile(join(directory, 'text.deb'), 'text');
  await expect(
    provideOneContext({ oneContext: join(directory, 'text.deb') }, shell, signal),
  ).rejects.toMatchObject({ code: 'ONE_CONTEXT_WRONG' });
  await expect(oneContextDigest({ oneContext: join(directory, 'none.deb') })).rejects.toMatchObject({
    code: 'ONE_CONTEXT_MISSING',
  });
});

it('has a pin in the checkout that names a release', async () => {
  OneContextPin.parse(parse(await readFile(join(checkout, 'packer/one-context.yaml'), 'utf8')));
});
