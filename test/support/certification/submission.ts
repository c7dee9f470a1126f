import type { Published } from '../../../src/marketplace/artefact.ts';
import { readPublication } from '../../../src/marketplace/publication.ts';
import { readSources } from '../../../src/marketplace/sources.ts';
import { renderSubmission, type Submission } from '../../../src/marketplace/submission.ts';

/** Where the certification looks for the image, on the front-end: where the community build leaves it. */
export const imageFile = '/opt/one-apps/export/onepilot.qcow2';

/** What is submitted of an image, as `npm run marketplace` makes it. */
export async function submissionOf(image: Published): Promise<Submission> {
  return renderSubmission({ image }, await readPublication(1), await readSources());
}
