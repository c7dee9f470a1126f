import { chmod, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure } from '../errors/catalogue.ts';
import { withService } from './services.ts';
import { ownFolders, pullRequestFile, type Submission, type SubmittedFile } from './submission.ts';

/** What writing changed: paths relative to the folder. */
export interface Written {
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/** Where the marketplace's repository lists the apps that its Makefile builds. */
export const servicesFile = 'apps-code/community-apps/Makefile.config';

/**
 * Makes a folder hold a submission: writes what differs, and removes what is in the app's own folders and not in the
 * submission. Everything else in the folder stays as it is.
 */
export async function writeSubmission(folder: string, app: string, submission: Submission): Promise<Written> {
  const written: string[] = [];
  for (const [path, file] of submission) if (await writeFileOf(join(folder, path), file)) written.push(path);
  const removed: string[] = [];
  for (const own of ownFolders(app)) {
    for (const path of await filesBelow(folder, own)) {
      if (submission.has(path)) continue;
      await rm(join(folder, path));
      removed.push(path);
    }
  }
  return { written, removed };
}

/**
 * The same in a checkout of the marketplace's repository, with the app among its SERVICES and without the pull request's
 * body, which is no file there.
 * @throws MARKETPLACE_NO_CHECKOUT before anything is written
 */
export async function writeIntoCheckout(
  checkout: string,
  app: string,
  submission: Submission,
): Promise<Written> {
  const path = join(checkout, servicesFile);
  const makefile = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw failure(
      'MARKETPLACE_NO_CHECKOUT',
      { path: checkout, reason: `it has no ${servicesFile}` },
      { cause },
    );
  });
  const content = withService(makefile, app);
  if (content === undefined) {
    const reason = `${servicesFile} lists no SERVICES`;
    throw failure('MARKETPLACE_NO_CHECKOUT', { path: checkout, reason });
  }
  const files = new Map([...submission].filter(([name]) => name !== pullRequestFile));
  return await writeSubmission(checkout, app, files.set(servicesFile, { content }));
}

/** @returns whether anything was to be changed */
async function writeFileOf(path: string, { content, executable = false }: SubmittedFile): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  const mode = executable ? 0o755 : 0o644;
  const bytes = Buffer.from(content);
  if (found?.isFile() && (found.mode & 0o777) === mode && bytes.equals(await readFile(path))) return false;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.onepilot-new`;
  await writeFile(temporary, bytes);
  await chmod(temporary, mode);
  await rename(temporary, path);
  return true;
}

async function filesBelow(folder: string, path: string): Promise<string[]> {
  const names = await readdir(join(folder, path), { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    names.map((entry) => {
      const child = `${path}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(folder, child) : [child];
    }),
  );
  return found.flat().sort();
}
