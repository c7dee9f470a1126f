import { access } from 'node:fs/promises';
import { beside } from '../builder/artefacts.ts';
import { failure } from '../errors/catalogue.ts';
import { type KeygenResult, signatureNamespace, sshKeygen } from './ssh-keygen.ts';

/** Who signed a manifest. */
export interface Signer {
  /** As the file of signers names them. */
  readonly principal: string;
  /** Kind and fingerprint of the key. */
  readonly key: string;
}

async function isReadable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Finds who signed a manifest, among those who may.
 * @param manifest the bytes that were signed
 * @param signers file of trusted keys (ssh-keygen(1), ALLOWED SIGNERS)
 * @throws SIGNATURE_MISSING, SIGNATURE_WRONG, SIGNATURE_NO_SIGNERS, SIGNATURE_UNKNOWN_SIGNER, SIGNATURE_NOT_ALLOWED,
 *   SIGNATURE_NO_TOOL
 */
export async function signerOf(image: string, manifest: Uint8Array, signers: string): Promise<Signer> {
  const { signature: path } = beside(image);
  if (!(await isReadable(path))) throw failure('SIGNATURE_MISSING', { path });
  if (!(await isReadable(signers))) throw failure('SIGNATURE_NO_SIGNERS', { path: signers });
  const named = ['-n', signatureNamespace, '-s', path];

  // First the signature by itself, so that a changed manifest is not taken for an unknown signer.
  const checked = await sshKeygen(['-Y', 'check-novalidate', ...named], manifest);
  if (!checked.succeeded) throw failure('SIGNATURE_WRONG', { path, reason: checked.reason });
  const key = / with (.+)$/m.exec(checked.output)?.[1] ?? 'unknown';

  const found = await sshKeygen(['-Y', 'find-principals', '-s', path, '-f', signers], manifest);
  const principals = found.succeeded ? found.output.split('\n').filter((line) => line !== '') : [];
  let refused: { readonly principal: string; readonly verdict: KeygenResult } | undefined;
  for (const principal of principals) {
    const verdict = await sshKeygen(['-Y', 'verify', ...named, '-f', signers, '-I', principal], manifest);
    if (verdict.succeeded) return { principal, key };
    refused ??= { principal, verdict };
  }
  if (refused === undefined) throw failure('SIGNATURE_UNKNOWN_SIGNER', { path, signers, key });
  const { principal, verdict } = refused;
  throw failure('SIGNATURE_NOT_ALLOWED', {
    path,
    signers,
    signer: principal,
    reason: verdict.reason,
    namespace: signatureNamespace,
  });
}
