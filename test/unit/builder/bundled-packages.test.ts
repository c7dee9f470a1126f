import { expect, it } from 'vitest';
import { bundledPackages } from '../../../src/builder/bundled-packages.ts';

it('knows a package by the lockfile, also where node_modules is a link out of the checkout', async () => {
  const plain = await bundledPackages(['src/main.ts', 'node_modules/zod/index.js', 'node_modules/zod/v4.js']);
  expect(plain).toEqual([
    { name: 'zod', version: expect.stringMatching(/^\d/), integrity: expect.stringMatching(/^sha512-/) },
  ]);
  expect(await bundledPackages(['../elsewhere/node_modules/zod/index.js'])).toEqual(plain);
});

it('tells the version of a package in the folder of another', async () => {
  const [nested] = await bundledPackages(['node_modules/ajv/node_modules/fast-uri/index.js']);
  const [shared] = await bundledPackages(['node_modules/fast-uri/index.js']);
  expect(nested?.name).toBe('fast-uri');
  expect(nested?.version).not.toBe(shared?.version);
});

it('takes no package into a bundle that the lockfile does not pin', async () => {
  await expect(bundledPackages(['node_modules/nobody-pinned-this/index.js'])).rejects.toMatchObject({
    code: 'BUILD_STALE_MODULES',
  });
});
