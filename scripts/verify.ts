import { resolve } from 'node:path';
import { parseCommandLine } from '../src/cli/arguments.ts';
import { runScript } from '../src/cli/run-script.ts';
import { failure } from '../src/errors/catalogue.ts';
import { harmless } from '../src/report/harmless.ts';
import { plainToolCommands } from '../src/signature/plain-tools.ts';
import { listedProblems } from '../src/signature/problems.ts';
import { signManifest } from '../src/signature/sign.ts';
import { signingKey } from '../src/signature/signing-key.ts';
import { signatureNamespace } from '../src/signature/ssh-keygen.ts';
import { verifyImage } from '../src/signature/verify.ts';

const command = 'npm run verify';

const help = `Checks that an image, or a disk of models, is what somebody you trust has published.

  ${command} -- IMAGE --signers FILE
  ${command} -- IMAGE --sign [--key FILE]

  --signers FILE  who may sign: a line per key, as ssh-keygen(1) describes under ALLOWED SIGNERS, for instance
                    releases@example.org namespaces="${signatureNamespace}" ssh-ed25519 AAAA...
                  Get it some other way than the image: whoever can replace one can replace both.
  --sign          sign the manifest of an image of your own, after checking that it is the image's
  --key FILE      the private key to sign with; else the file that ONEPILOT_SIGNING_KEY names. A key with a passphrase
                  has to be in ssh-agent (ssh-add FILE); the file of the public key is then enough.
  --help

IMAGE.manifest.json, IMAGE.manifest.json.sig and IMAGE.cdx.json are looked for beside the image. Checked are the
signature of the manifest, then what it states: name, size, SHA-256, MD5 and virtual size of the image, name and SHA-256
of the bill of materials. Everything wrong is listed, and the exit status is 1 then. Needs ssh-keygen of OpenSSH 8.4 or
later.

The same without this program, where the image lies; it is genuine when none of the commands fails:

${plainToolCommands('IMAGE', 'FILE', 'releases@example.org')
  .map((line) => `  ${line}`)
  .join('\n')}
`;

function badOption(problem: string) {
  return failure('BUILD_BAD_OPTION', { problem, command });
}

async function verify(image: string, signers: string): Promise<void> {
  const { signer, manifest, problems } = await verifyImage(image, signers);
  if (signer !== undefined) {
    process.stdout.write(harmless(`The manifest is signed by ${signer.principal}, ${signer.key}.\n`));
  }
  if (problems.length > 0) {
    const text = harmless(listedProblems(problems));
    throw failure('SIGNATURE_REFUSED', { path: image, problems: text });
  }
  const what = manifest?.kind === 'models' ? 'a disk of models' : 'an image';
  const about = `${what} of OnePilot ${manifest?.version}, profile ${manifest?.profile}`;
  process.stdout.write(harmless(`${image} is what they signed: ${about}.\n`));
}

await runScript(async () => {
  const { values, positionals } = parseCommandLine(command, {
    allowPositionals: true,
    options: {
      signers: { type: 'string' },
      sign: { type: 'boolean', default: false },
      key: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const [image, ...more] = positionals;
  if (image === undefined || more.length > 0) throw badOption('Name one image.');
  if (values.key !== undefined && !values.sign) throw badOption('--key is for --sign.');
  if (!values.sign && values.signers === undefined) throw badOption('--signers FILE is missing.');
  if (values.sign) {
    await signManifest(resolve(image), signingKey(values.key));
    process.stdout.write(`Signed the manifest of ${image}.\n`);
  }
  if (values.signers !== undefined) await verify(resolve(image), resolve(values.signers));
});
