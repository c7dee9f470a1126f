import { access, readFile } from 'node:fs/promises';
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

/** The names in a file of signers, each once: the first field of a line, divided by commas. */
function principalsIn(signers: string): string[] {
  const names = signers
    .split('\n')
    .filter((line) => !line.trim().startsWith('#'))
    .flatMap((line) => line.trim().split(/\s/, 1))
    .flatMap((field) => field.split(','));
  return [...new Set(names)].filter((name) => name !== '' && !name.startsWith('!'));
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
  await access(path).catch((cause: unknown) => {
    throw failure('SIGNATURE_MISSING', { path }, { cause });
  });
  const trusted = await readFile(signers, 'utf8').catch((cause: unknown) => {
    throw failure('SIGNATURE_NO_SIGNERS', { path: signers }, { cause });
  });
  const named = ['-n', signatureNamespace, '-s', path];

  // First the signature by itself, so that a changed manifest is not taken for an unknown signer.
  const checked = await sshKeygen(['-Y', 'check-novalidate', ...named], manifest);
  if (!checked.succeeded) throw failure('SIGNATURE_WRONG', { path, reason: checked.reason });
  const key = / with (.+)$/m.exec(checked.output)?.[1] ?? 'unknown';

  // Every name: a key may have several lines, and find-principals tells those of the first alone.
  const refusals = new Map<string, KeygenResult>();
  for (const principal of principalsIn(trusted)) {
    const verdict = await sshKeygen(['-Y', 'verify', ...named, '-f', signers, '-I', principal], manifest);
    if (verdict.succeeded) return { principal, key };
    refusals.set(principal, verdict);
  }
  const found = await sshKeygen(['-Y', 'find-principals', '-s', path, '-f', signers], manifest);
  const [principal = ''] = found.succeeded ? found.output.split('\n') : [];
  const refusal = refusals.get(principal);
  if (refusal === undefined) throw failure('SIGNATURE_UNKNOWN_SIGNER', { path, signers, key });
  throw failure('SIGNATURE_NOT_ALLOWED', {
    path,
    signers,
    signer: principal,
    reason: refusal.reason,
    namespace: signatureNamespace,
  });
}
