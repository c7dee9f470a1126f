import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { buildImage } from '../builder/build-image.ts';
import { namingFullDisk } from '../builder/disk-full.ts';
import { cacheDirectory } from '../builder/places.ts';
import { type BuildPreview, previewBuild } from '../builder/preview.ts';
import { requireRooms } from '../builder/room.ts';
import type { BuildOptions } from '../builder/stage.ts';
import { placeArtefact } from './place-artefact.ts';
import { findArtefact, recordArtefact } from './record.ts';
import { releaseRooms } from './release-rooms.ts';
import type { ReleaseRequest } from './request.ts';

/** The artefacts of a release, by path in its folder. */
export interface Artefacts {
  readonly images: readonly string[];
  readonly system: string;
  readonly modelDisks: readonly string[];
}

type Last = 'package' | 'model-disk';

/** What makes artefacts. */
export interface Builder {
  preview(options: BuildOptions, last: Last): Promise<BuildPreview>;
  /** @returns the file that was built, and the key of the stage that made it */
  build(
    options: BuildOptions,
    last: Last,
    request: Pick<ReleaseRequest, 'signal' | 'onLog'>,
  ): Promise<{ readonly image: string; readonly key: string }>;
}

const imageBuilder: Builder = {
  preview: (options, last) => previewBuild(options, last),
  async build(options, last, { signal, onLog }) {
    const { image, plan } = await buildImage({ options, only: last, signal, onLog });
    const key = plan.find(({ stage }) => stage.name === last)?.key;
    if (image === undefined || key === undefined) throw new Error('the build left no image');
    return { image, key };
  },
};

/**
 * Everything that is published, in the folder of the release. What lies there whole, built from the same, is used: the
 * cache need not hold it any more, and its signature stays good. The rest is built, each put there and noted before
 * the next is begun.
 * @param work directory below the folder, for what a build leaves
 * @throws BUILD_NO_SPACE before anything is built, and what builds throw
 */
export async function provideArtefacts(
  request: Pick<ReleaseRequest, 'build' | 'profiles' | 'release' | 'signal' | 'onLog'>,
  folder: string,
  work: string,
  { preview, build }: Builder = imageBuilder,
): Promise<Artefacts> {
  const { profiles, release, signal } = request;
  const look = async (profile: string, last: Last) => {
    signal.throwIfAborted();
    const options: BuildOptions = {
      ...request.build,
      profile,
      output: work,
      contextualization: 'one-context',
    };
    const previewed = await preview(options, last);
    return { options, last, previewed, there: await findArtefact(folder, previewed.key, release) };
  };
  type Looked = Awaited<ReturnType<typeof look>>;
  const make = async ({ options, last, there }: Looked): Promise<string> => {
    if (there !== undefined) return there;
    const { image, key } = await build(options, last, request);
    const path = await namingFullDisk('the copy of what was built', folder, () =>
      placeArtefact(image, folder, release),
    );
    await recordArtefact(folder, basename(path), key);
    return path;
  };

  const pairs: { readonly image: Looked; readonly modelDisk: Looked }[] = [];
  for (const profile of profiles) {
    pairs.push({ image: await look(profile, 'package'), modelDisk: await look(profile, 'model-disk') });
  }
  const system = await look('bare', 'package');
  const all = [...pairs.flatMap(({ image, modelDisk }) => [image, modelDisk]), system];
  const missing = all.filter(({ there }) => there === undefined).map(({ previewed }) => previewed);
  const largest = Math.max(...all.map(({ previewed }) => previewed.resultRoom));
  const cache = cacheDirectory();
  await mkdir(cache, { recursive: true });
  await requireRooms(releaseRooms(missing, largest, { cache, folder }));

  const images: string[] = [];
  const modelDisks: string[] = [];
  for (const { image, modelDisk } of pairs) {
    images.push(await make(image));
    modelDisks.push(await make(modelDisk));
  }
  return { images, system: await make(system), modelDisks };
}
