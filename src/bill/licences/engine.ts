import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { failure } from '../../errors/catalogue.ts';
import { engineParts } from './engine-parts.ts';
import type { LicencedPart, LicenceInventory, LicenceText } from './inventory.ts';
import { licenceComment } from './licence-comment.ts';

const run = promisify(execFile);

/** More than the largest header of the engine's source. */
const maxBuffer = 64 * 1024 ** 2;

/**
 * llama.cpp's licence and those of the code it carries.
 * @param bundle git bundle with its source
 * @param work directory for a clone, removed afterwards
 * @throws BILL_NO_LICENCE_TEXT when a text is not where it was
 */
export async function engineLicences(
  bundle: string,
  version: string,
  work: string,
): Promise<{ program: LicenceInventory['engine']; texts: LicenceText[] }> {
  const clone = join(work, 'engine.git');
  await rm(clone, { recursive: true, force: true });
  await run('git', ['clone', '-q', '--bare', bundle, clone]);
  const git = async (...args: string[]) => (await run('git', ['-C', clone, ...args], { maxBuffer })).stdout;
  const texts: LicenceText[] = [];
  const parts: LicencedPart[] = [];
  try {
    const commit = (await git('rev-parse', 'HEAD')).trim();
    texts.push({ path: 'llama.cpp/LICENSE', text: await git('show', 'HEAD:LICENSE') });
    for (const { name, licence, url, text, inComment = false, versionIn, versionPattern } of engineParts) {
      const source = await git('show', `HEAD:${text}`);
      const found = inComment ? licenceComment(source) : source;
      if (found === undefined) throw failure('BILL_NO_LICENCE_TEXT', { name, folder: `llama.cpp: ${text}` });
      const path = `llama.cpp/${name}/LICENSE`;
      texts.push({ path, text: found });
      const numbers = versionPattern?.exec(await git('show', `HEAD:${versionIn ?? text}`));
      const own = numbers?.slice(1).join('.');
      parts.push({ name, ...(own && { version: own }), licence, url, texts: [path] });
    }
    const program = {
      name: 'llama.cpp',
      version,
      licence: 'MIT',
      url: 'https://github.com/ggml-org/llama.cpp',
      texts: ['llama.cpp/LICENSE'],
      commit,
      parts,
    };
    return { program, texts };
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
}
