import { type Artefact, readArtefact } from '../artefact.ts';
import { type Entries, readEntries } from '../entries.ts';
import { checkAppText } from './check-app-text.ts';
import { checkBuild } from './check-build.ts';
import { checkCertification } from './check-certification.ts';
import { checkDocuments } from './check-documents.ts';
import { checkImages } from './check-images.ts';
import { checkLogo } from './check-logo.ts';
import { checkNaming } from './check-naming.ts';
import { checkPrograms } from './check-programs.ts';
import { checkServer } from './check-server.ts';
import { checkImport } from './check-template.ts';
import { checkText } from './check-text.ts';
import { checkUrls, type UrlOptions } from './check-urls.ts';
import { checkUserInputs } from './check-user-inputs.ts';
import { checkVmTemplate } from './check-vm-template.ts';
import { checkYaml } from './check-yaml.ts';
import type { Finding } from './finding.ts';
import { readSubmission, type Submission } from './submission.ts';

export interface CheckOptions {
  /** Paths of the images and disks of models that the entries describe. Without any, entries are not compared. */
  readonly images?: readonly string[];
  /** What entries are called; `appliance/marketplace/entries.yaml` unless given. */
  readonly identities?: Entries;
  /** Whether nothing of it is published: URLs may then be below `.internal`. */
  readonly rehearsal?: boolean;
}

/**
 * Looks at a submission with the eyes of everybody who will: each consumer's rules, all of them, every finding.
 * @param folder a submission as `npm run marketplace` writes it, or a checkout of the marketplace with one in it
 * @throws MANIFEST_MISSING, MANIFEST_WRONG, MARKETPLACE_STALE_MANIFEST and the like for an image that is no good
 * itself; BUILD_PACKAGES_MISSING, MARKETPLACE_YAMLLINT_FAILED
 */
export async function checkSubmission(folder: string, options: CheckOptions = {}): Promise<Finding[]> {
  const identities = options.identities ?? (await readEntries());
  const submission = await readSubmission(folder);
  const artefacts = await Promise.all((options.images ?? []).map(readArtefact));
  const { rehearsal = false } = options;
  return [...judge(submission, identities, artefacts, { rehearsal }), ...(await checkPrograms(submission))];
}

/** The findings that need no program. @param artefacts what the entries describe; none are not compared */
export function judge(
  submission: Submission,
  identities: Entries,
  artefacts: readonly Artefact[] = [],
  options: UrlOptions = { rehearsal: false },
): Finding[] {
  return [
    ...checkServer(submission),
    ...checkImport(submission),
    ...checkAppText(submission),
    ...checkVmTemplate(submission),
    ...checkUserInputs(submission),
    ...checkNaming(submission, identities),
    ...checkBuild(submission),
    ...checkUrls(submission, options),
    ...checkImages(submission, identities, artefacts),
    ...checkDocuments(submission),
    ...checkCertification(submission),
    ...checkLogo(submission),
    ...checkText(submission),
    ...checkYaml(submission),
  ];
}
