import { defineConfig } from 'vitest/config';

/** One project for each folder of `test/`: the folder's name says what its tests need. */
const project = (name: string, seconds: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    // All but unit tests share two cores and fixed resources: one file at a time.
    fileParallelism: name === 'unit',
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 20),
      project('acme', 120),
      project('engine', 120),
      project('image', 1200),
      project('clients', 900),
    ],
  },
});
