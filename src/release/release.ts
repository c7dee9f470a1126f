import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { requireClean } from '../audit/audit.ts';
import { auditImage } from '../audit/audit-image.ts';
import { namingFullDisk } from '../builder/disk-full.ts';
import { readManifest } from '../builder/manifest.ts';
import { checkout } from '../builder/places.ts';
import type { Shell } from '../builder/shell.ts';
import { failure, type OnePilotError } from '../errors/catalogue.ts';
import { checkCommand } from '../marketplace/checks/check-command.ts';
import { readPublication } from '../marketplace/publication.ts';
import { readUploads, type Upload } from '../marketplace/requested.ts';
import { readSources } from '../marketplace/sources.ts';
import { renderSubmission } from '../marketplace/submission.ts';
import { warnings } from '../marketplace/warnings.ts';
import { writeIntoCheckout, writeSubmission } from '../marketplace/write-submission.ts';
import { signManifest } from '../signature/sign.ts';
import { checksumFile, renderChecksums } from './checksums.ts';
import { renderNotes } from './notes.ts';
import { removeEarlier } from './place-artefact.ts';
import { requestProblems } from './preflight.ts';
import { type Artefacts, provideArtefacts } from './provide-artefacts.ts';
import { readCheckout, releaseNotes, releaseProblems } from './readiness.ts';
import type { ReleaseRequest } from './request.ts';

/** Where the submission lies in a release's folder. */
export const submissionFolder = 'submission';
const notesFile = 'RELEASE_NOTES.md';

function notReady(version: string, problems: readonly string[]): OnePilotError {
  return failure('RELEASE_NOT_READY', { version, problems: problems.map((line) => `  ${line}`).join('\n') });
}

/** @throws RELEASE_NOT_READY with everything that stands against it */
async function requireReady(request: ReleaseRequest, shell: Shell): Promise<string> {
  const { version, rehearsal } = request;
  const facts = await readCheckout();
  const problems = [
    ...releaseProblems(version, facts, rehearsal),
    ...(await requestProblems(request, shell)),
  ];
  if (problems.length > 0) throw notReady(version, problems);
  return releaseNotes(facts.changelog, version) ?? 'A rehearsal: nothing of this is published.';
}

/**
 * Everything that publishing a version takes, in order, into one folder that is ready to upload. What is there
 * already is used: after an interruption, or a step that failed, the same command goes on.
 * @returns the folder
 * @throws RELEASE_NOT_READY and what each step throws
 */
export async function release(request: ReleaseRequest): Promise<string> {
  const { progress, shell, log, close } = await request.openTools();
  const folder = join(request.output, request.rehearsal ? `${request.version}-rehearsal` : request.version);
  const work = join(folder, '.building');
  const step = async <Result>(name: string, about: string, run: () => Promise<Result>): Promise<Result> => {
    request.signal.throwIfAborted();
    const shown = progress.step(name, about);
    try {
      const result = await namingFullDisk(`the step ${name}`, folder, run);
      shown.done('done');
      return result;
    } catch (error) {
      shown.failed();
      throw error;
    }
  };
  try {
    const notes = await step('ready', 'what would stop it later', () => requireReady(request, shell));
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    const placed = await provideArtefacts(request, folder, work);
    // The builds have had logs of their own.
    request.onLog(log);
    const all = [...placed.images, placed.system, ...placed.modelDisks];
    await removeEarlier(folder, all);
    await step('audit', 'what each image holds', async () => {
      for (const image of [...placed.images, placed.system]) await audit(image, work, shell);
    });
    await step('sign', 'each manifest, with the key given', async () => {
      for (const artefact of all) await signManifest(artefact, request.key);
    });
    await step('submit', 'the submission to the marketplace', () => submit(request, folder, placed));
    await step('check', 'the submission by the rules of those who read it', () =>
      checkCommand(join(folder, submissionFolder), all, () => undefined, { rehearsal: request.rehearsal }),
    );
    await step('sums', `${notesFile}, ${checksumFile}`, async () => {
      const names = all.map((path) => basename(path));
      await writeFile(join(folder, notesFile), renderNotes(request, notes, names));
      await copyFile(join(checkout, 'LICENSE'), join(folder, 'LICENSE'));
      await rm(work, { recursive: true, force: true });
      await writeFile(join(folder, checksumFile), await renderChecksums(folder));
    });
    return folder;
  } finally {
    await close();
  }
}

/** Looks into a finished image again: what was compressed is what people fetch. @throws AUDIT_FINDINGS */
async function audit(image: string, work: string, shell: Shell): Promise<void> {
  const directory = join(work, 'audit');
  await rm(directory, { recursive: true, force: true });
  const declared = await readManifest(image);
  requireClean(image, await auditImage({ image, declared, work: directory, shell }));
  await rm(directory, { recursive: true, force: true });
}

async function submit(request: ReleaseRequest, folder: string, placed: Artefacts): Promise<void> {
  const at = (path: string): Upload => ({ path, url: new URL(basename(path), request.url).href });
  const [image, ...more] = placed.images.map(at);
  if (image === undefined) throw new Error('no profile was built');
  const artefacts = await readUploads(
    { image, more, split: { system: at(placed.system), modelDisks: placed.modelDisks.map(at) } },
    false,
  );
  const against = request.rehearsal ? [] : warnings(artefacts, request.email);
  if (against.length > 0) throw notReady(request.version, against);
  const publication = await readPublication(request.release, request.email, request.build.models?.catalogue);
  const submission = renderSubmission(artefacts, publication, await readSources());
  const { app } = publication.entries;
  await writeSubmission(join(folder, submissionFolder), app, submission);
  if (request.into !== undefined) await writeIntoCheckout(request.into, app, submission);
}
