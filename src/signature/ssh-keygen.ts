import { execFile } from 'node:child_process';
import { failure } from '../errors/catalogue.ts';
import { oneLine } from '../report/harmless.ts';

/** What the signature is for: a signature of the same key for another purpose is none (ssh-keygen(1), `-Y sign`). */
export const signatureNamespace = 'onepilot-manifest';

/** How a run of ssh-keygen ended. */
export interface KeygenResult {
  readonly succeeded: boolean;
  readonly output: string;
  /** What it said of a failure, as one line. */
  readonly reason: string;
}

/** Refusals in English; a passphrase is never asked for, since nobody may be there to type it. */
const environment = { LC_ALL: 'C', SSH_ASKPASS: '/bin/false', SSH_ASKPASS_REQUIRE: 'force' };

/**
 * Runs ssh-keygen with `input` on its standard input.
 * @throws SIGNATURE_NO_TOOL
 */
export function sshKeygen(args: readonly string[], input: Uint8Array): Promise<KeygenResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = execFile('ssh-keygen', args, { env }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') {
        reject(failure('SIGNATURE_NO_TOOL', {}, { cause: error }));
        return;
      }
      resolve({ succeeded: error === null, output: stdout, reason: oneLine(stderr || stdout) });
    });
    // It may refuse before it has read everything, and says why itself.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
