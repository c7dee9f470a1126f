import { defineConfig } from 'vitest/config';

/**
 * One project for each folder of `test/`: the folder's name says what its tests need.
 * @param seconds that a test may take
 * @param files how many run at a time; undefined: as many as there are cores
 */
const project = (name: string, seconds: number, files?: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    fileParallelism: files !== 1,
    ...(files !== undefined && files > 1 && { maxWorkers: files }),
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 20),
      // Fixed ports in network namespaces, and engines that compute on every core: one file at a time.
      project('acme', 120, 1),
      project('engine', 120, 1),
      // A guest that boots under emulation keeps a core and a third busy: two at once saved a tenth of the time, and
      // made each slow enough to miss what it should do in time.
      project('image', 1200, 1),
      project('clients', 900, 1),
    ],
  },
});
