import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { requireClean } from '../audit/audit.ts';
import { auditImage } from '../audit/audit-image.ts';
import { buildImage } from '../builder/build-image.ts';
import { readManifest } from '../builder/manifest.ts';
import { checkout } from '../builder/places.ts';
import type { Progress } from '../builder/progress.ts';
import type { Shell } from '../builder/shell.ts';
import type { BuildOptions, StageName } from '../builder/stage.ts';
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
import { placeArtefact, removeEarlier } from './place-artefact.ts';
import { readCheckout, releaseNotes, releaseProblems } from './readiness.ts';

/** What is to be released, and where to. */
export interface ReleaseRequest {
  readonly version: string;
  /** Profiles of the catalogue; the first is the one that certification boots. */
  readonly profiles: readonly string[];
  /** Counts the builds of one version, from 1. */
  readonly release: number;
  /** Base address from which people will fetch the files: https. */
  readonly url: string;
  /** Private key that signs the manifests. */
  readonly key: string;
  /** Of work that is not finished: to see that everything goes through. */
  readonly rehearsal: boolean;
  readonly email: string | undefined;
  /** A checkout of the marketplace's repository that gets the submission as well. */
  readonly into: string | undefined;
  readonly output: string;
  readonly build: Omit<BuildOptions, 'profile' | 'output' | 'contextualization'>;
  readonly signal: AbortSignal;
  readonly onLog: (path: string) => void;
  /** Opens the log of what comes after the builds, which have logs of their own. */
  readonly openTools: () => Promise<{ progress: Progress; shell: Shell; close(): Promise<void> }>;
}

/** Where the submission lies in a release's folder. */
export const submissionFolder = 'submission';
const notesFile = 'RELEASE_NOTES.md';

function notReady(version: string, problems: readonly string[]): OnePilotError {
  return failure('RELEASE_NOT_READY', { version, problems: problems.map((line) => `  ${line}`).join('\n') });
}

/** @throws RELEASE_NOT_READY with everything that stands against it */
async function requireReady({ version, rehearsal, email }: ReleaseRequest): Promise<string> {
  const facts = await readCheckout();
  const problems = releaseProblems(version, facts, rehearsal);
  if (!rehearsal && email === undefined) problems.push('the marketplace wants a publisher: --email ADDRESS');
  if (problems.length > 0) throw notReady(version, problems);
  return releaseNotes(facts.changelog, version) ?? 'A rehearsal: nothing of this is published.';
}

/** Builds what is published, each reusing what exists. @returns the images and disks of models */
async function build(request: ReleaseRequest, folder: string) {
  const { build, signal, onLog, profiles } = request;
  const one = async (profile: string, only?: StageName): Promise<string> => {
    const options: BuildOptions = { ...build, profile, output: folder, contextualization: 'one-context' };
    const { image } = await buildImage({ options, only, signal, onLog });
    if (image === undefined) throw new Error('the build left no image');
    return image;
  };
  const images: string[] = [];
  const modelDisks: string[] = [];
  for (const profile of profiles) {
    images.push(await one(profile));
    modelDisks.push(await one(profile, 'model-disk'));
  }
  return { images, system: await one('bare'), modelDisks };
}

/**
 * Everything that publishing a version takes, in order, into one folder that is ready to upload. What is there
 * already is used: after an interruption, or a step that failed, the same command goes on.
 * @returns the folder
 * @throws RELEASE_NOT_READY and what each step throws
 */
export async function release(request: ReleaseRequest): Promise<string> {
  const notes = await requireReady(request);
  const folder = join(request.output, request.rehearsal ? `${request.version}-rehearsal` : request.version);
  const work = join(folder, '.building');
  await mkdir(work, { recursive: true });
  const built = await build(request, work);
  const { progress, shell, close } = await request.openTools();
  const step = async <Result>(name: string, about: string, run: () => Promise<Result>): Promise<Result> => {
    request.signal.throwIfAborted();
    const shown = progress.step(name, about);
    try {
      const result = await run();
      shown.done('done');
      return result;
    } catch (error) {
      shown.failed();
      throw error;
    }
  };
  try {
    const place = (from: string) => placeArtefact(from, folder, request.release);
    const placed = await step('folder', 'files under the names that they are fetched by', async () => ({
      images: await Promise.all(built.images.map(place)),
      system: await place(built.system),
      modelDisks: await Promise.all(built.modelDisks.map(place)),
    }));
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

interface Placed {
  readonly images: readonly string[];
  readonly system: string;
  readonly modelDisks: readonly string[];
}

async function submit(request: ReleaseRequest, folder: string, placed: Placed): Promise<void> {
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
