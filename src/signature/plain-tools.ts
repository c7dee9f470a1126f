import { basename } from 'node:path';
import { beside } from '../builder/artefacts.ts';
import { signatureNamespace } from './ssh-keygen.ts';

/**
 * The checks of `npm run verify` as shell commands, for people who have OpenSSH and coreutils alone. To be run in the
 * directory of the image; each fails when something is wrong.
 * @param signers file of trusted keys
 * @param signer the name of the expected signer in that file
 */
export function plainToolCommands(image: string, signers: string, signer: string): string[] {
  const { manifest, signature, bill } = beside(basename(image));
  // The hash that stands with the file's name (`PackagedFile`): that of something else in the manifest does not count.
  const stated = (path: string) =>
    `grep -F -A 4 '"file": "${path}"' ${manifest} | grep "\\"sha256\\": \\"$(sha256sum < ${path} | cut -c 1-64)\\""`;
  return [
    `ssh-keygen -Y verify -n ${signatureNamespace} -f ${signers} -I ${signer} -s ${signature} < ${manifest}`,
    stated(basename(image)),
    stated(bill),
  ];
}
