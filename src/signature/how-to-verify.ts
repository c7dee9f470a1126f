import { beside } from '../builder/artefacts.ts';
import { plainToolCommands } from './plain-tools.ts';
import { signatureNamespace } from './ssh-keygen.ts';

/** A file that people can fetch, with its manifest, signature and bill of materials beside it. */
interface Fetchable {
  /** Where it can be fetched: https. */
  readonly url: string;
  /** The name that its manifest states. */
  readonly file: string;
}

const [signers, signer] = ['allowed_signers', 'SIGNER'];

/** How somebody who fetches an image, or a disk of models, sees that it is what its publisher signed: Markdown. */
export function howToVerify({ url, file }: Fetchable): string {
  const { manifest, signature, bill } = beside('');
  return [
    "A checksum that lies beside an image shows that nothing was damaged on the way, not whose it is. That is shown by the signature of its manifest, which states the hash of the image and of its bill of materials. `allowed_signers` holds the publisher's key, and SIGNER is the name in front of it: get both from the publisher, in another way than the image.",
    [
      '```sh',
      `for part in '' ${manifest} ${signature} ${bill}; do`,
      `  curl -fL -o "${file}$part" "${url}$part"`,
      'done',
      ...plainToolCommands(file, signers, signer),
      '```',
    ].join('\n'),
    `It is genuine if the first command says «Good "${signatureNamespace}" signature» and each of the others prints a line with a hash. In a checkout of OnePilot \`npm run verify -- ${file} --signers ${signers}\` does the same.`,
  ].join('\n\n');
}
