import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { LicencedPart, LicencedProgram, LicenceText } from './inventory.ts';

/** Numbers in `process.versions` that name interfaces or data, or code of Node's own: no software of others. */
const noParts = new Set(['node', 'modules', 'napi', 'nbytes', 'ncrypto', 'cldr', 'tz', 'unicode']);

/** `process.versions` of a Node.js; empty where it was built without a part. */
async function versionsOf(node: string): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)(node, ['-p', 'JSON.stringify(process.versions)']);
  return z.record(z.string(), z.string()).parse(JSON.parse(stdout));
}

/**
 * Node.js with the libraries inside. Their licences are all in its LICENSE.
 * @param folder of the npm package that brings it: bin/node and LICENSE
 */
export async function nodeLicences(
  folder: string,
): Promise<{ program: LicencedProgram; texts: LicenceText[] }> {
  const versions = await versionsOf(join(folder, 'bin/node'));
  const texts = [{ path: 'node/LICENSE', text: await readFile(join(folder, 'LICENSE'), 'utf8') }];
  const parts = Object.entries(versions)
    .filter(([name, version]) => !noParts.has(name) && version !== '')
    .map(([name, version]): LicencedPart => ({ name, version, texts: ['node/LICENSE'] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const program: LicencedProgram = {
    name: 'node',
    version: versions.node,
    licence: 'MIT',
    url: 'https://nodejs.org/',
    texts: ['node/LICENSE'],
    parts,
  };
  return { program, texts };
}
