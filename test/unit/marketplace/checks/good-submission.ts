import { readPublication } from '../../../../src/marketplace/publication.ts';
import { readUploads } from '../../../../src/marketplace/requested.ts';
import { readSources } from '../../../../src/marketplace/sources.ts';
import { renderSubmission, type Submission } from '../../../../src/marketplace/submission.ts';
import { makeArtefact } from './artefacts.ts';

const releases = 'https://github.com/onepilot/onepilot/releases/download/v0.2.0';

/** A submission with every kind of entry, as the generator makes it, and the images that it describes. */
export async function goodSubmission(folder: string): Promise<{ submission: Submission; images: string[] }> {
  const image = await makeArtefact(
    folder,
    'smoke.qcow2',
    { kind: 'image', profile: 'smoke', memory: 2048 },
    4,
  );
  const system = await makeArtefact(
    folder,
    'bare.qcow2',
    { kind: 'image', profile: 'bare', memory: 1024 },
    3,
  );
  const disk = await makeArtefact(
    folder,
    'disk.qcow2',
    { kind: 'models', profile: 'smoke', memory: 2048 },
    1,
  );
  const upload = (path: string, name: string) => ({
    path,
    url: `${releases}/${name}-0.2.0-1-20261121.qcow2`,
  });
  const artefacts = await readUploads(
    {
      image: upload(image, 'onepilot-smoke'),
      split: {
        system: upload(system, 'onepilot-system'),
        modelDisks: [upload(disk, 'onepilot-models-smoke')],
      },
    },
    false,
  );
  const submission = renderSubmission(
    artefacts,
    await readPublication(1, 'packages@onepilot.dev'),
    await readSources(),
  );
  return { submission, images: [image, system, disk] };
}
