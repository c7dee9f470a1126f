import { chmod, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../errors/catalogue.ts';
import { digestFile } from '../digest.ts';
import { applyPatches, enginePatches } from '../engine-patches.ts';
import { hostRelease } from '../host.ts';
import { checkout } from '../places.ts';
import type { Stage } from '../stage.ts';

/** The git bundle with llama.cpp's source inside the npm package, so that the lockfile pins the engine. */
export const engineSource = join(checkout, 'node_modules/node-llama-cpp/llama/gitRelease.bundle');

const targets = ['llama-server', 'llama-bench', 'llama-quantize'];

/** CMake options (llama.cpp: CMakeLists.txt, ggml/CMakeLists.txt). */
const cmakeOptions = [
  '-DCMAKE_BUILD_TYPE=Release',
  '-DBUILD_SHARED_LIBS=ON',
  '-DGGML_NATIVE=OFF',
  // One library per CPU level, chosen when the engine starts.
  '-DGGML_BACKEND_DL=ON',
  '-DGGML_CPU_ALL_VARIANTS=ON',
  // The engine downloads nothing and speaks no TLS: the gateway does.
  '-DLLAMA_OPENSSL=OFF',
  '-DLLAMA_BUILD_UI=OFF',
  '-DLLAMA_USE_PREBUILT_UI=OFF',
  '-DLLAMA_BUILD_TESTS=OFF',
  '-DLLAMA_BUILD_EXAMPLES=OFF',
  '-DLLAMA_BUILD_APP=OFF',
  '-DLLAMA_BUILD_IS_DEV=OFF',
  // The default ends in an empty element, which would mean the current directory.
  '-DCMAKE_INSTALL_RPATH=$ORIGIN',
  '-DCMAKE_BUILD_WITH_INSTALL_RPATH=ON',
];

/** Options that make messages and symbols name the source by where it lies in `work`, wherever that is. */
function withoutPlaces(work: string): string[] {
  return ['C', 'CXX'].map((language) => `-DCMAKE_${language}_FLAGS="-ffile-prefix-map=${work}/="`);
}

export const engineStage: Stage = {
  name: 'engine',
  about: 'llama.cpp for every CPU level, about 10 minutes on two cores',
  room: 2,
  needs: [],

  async inputs() {
    const found = await stat(engineSource).catch(() => undefined);
    if (!found) throw failure('BUILD_STALE_MODULES', { path: engineSource });
    return {
      'llama.cpp source': await digestFile(engineSource),
      patches: (await enginePatches()).map(({ file, sha256 }) => `${file} ${sha256}`).join(' '),
      'build options': [...cmakeOptions, ...withoutPlaces(''), ...targets].join(' '),
      'build host': await hostRelease(),
    };
  },

  async run({ output, work, shell, progress }) {
    const source = join(work, 'source');
    const build = join(work, 'build');
    if (!(await stat(source).catch(() => undefined))) {
      // Cloned beside and renamed, so that an interrupted clone, or half of the patches, is not taken for a source tree.
      const clone = join(work, 'clone');
      await rm(clone, { recursive: true, force: true });
      await shell.run(['git', 'clone', '-q', engineSource, clone]);
      await applyPatches(await enginePatches(), clone, shell);
      await rename(clone, source);
    }
    const options = [...cmakeOptions, ...withoutPlaces(work)];
    await shell.run(['cmake', '-S', source, '-B', build, '-G', 'Ninja', ...options]);
    await shell.run(['cmake', '--build', build, '--target', ...targets], {
      onLine: (line) => {
        const [, done, all] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
        if (done && all) progress(`compiled ${done} of ${all} files`);
      },
    });
    await shell.run(['cp', '-a', `${join(build, 'bin')}/.`, output]);
    for (const name of await readdir(output)) {
      const path = join(output, name);
      await shell.run(['strip', '--strip-unneeded', path]);
      await chmod(path, 0o755);
    }
  },
};
