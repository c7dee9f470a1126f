import { beside } from '../builder/artefacts.ts';
import { type Manifest, parseManifest } from '../builder/manifest.ts';
import { OnePilotError } from '../errors/catalogue.ts';
import { factProblems } from './facts.ts';
import { readManifestBytes } from './read-signed.ts';
import { type Signer, signerOf } from './signer.ts';

/** What there is to say of an image that claims to be ours. */
export interface Verdict {
  /** Absent when nobody who may has signed. */
  readonly signer: Signer | undefined;
  /** Absent when it cannot be read. */
  readonly manifest: Manifest | undefined;
  /** Everything that is wrong; an image may be trusted when there is nothing. */
  readonly problems: readonly OnePilotError[];
}

/**
 * Checks the signature of an image's manifest, then image and bill of materials against what the manifest states.
 * Refusals are in the verdict, all of them.
 * @param signers file of trusted keys (ssh-keygen(1), ALLOWED SIGNERS)
 */
export async function verifyImage(image: string, signers: string): Promise<Verdict> {
  const problems: OnePilotError[] = [];
  async function attempt<Result>(step: () => Result | Promise<Result>): Promise<Result | undefined> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof OnePilotError)) throw error;
      problems.push(error);
      return undefined;
    }
  }
  const bytes = await attempt(() => readManifestBytes(image));
  if (bytes === undefined) return { signer: undefined, manifest: undefined, problems };
  const signer = await attempt(() => signerOf(image, bytes, signers));
  const manifest = await attempt(() => parseManifest(bytes.toString('utf8'), beside(image).manifest));
  if (manifest) problems.push(...(await factProblems(image, manifest)));
  return { signer, manifest, problems };
}
