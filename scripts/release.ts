import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildArguments, takeToken } from '../src/builder/build-arguments.ts';
import { cacheDirectory } from '../src/builder/places.ts';
import { ownCatalogue, profilesFor } from '../src/builder/profiles.ts';
import { printProgress } from '../src/builder/progress.ts';
import { loggingShell } from '../src/builder/shell.ts';
import { parseCommandLine, wholeNumber } from '../src/cli/arguments.ts';
import { openLog } from '../src/cli/log-file.ts';
import { runScript } from '../src/cli/run-script.ts';
import { failure } from '../src/errors/catalogue.ts';
import { release } from '../src/release/release.ts';

const command = 'npm run release';

const help = `Builds, audits, signs and describes a version, into one folder that is ready to upload.

  ${command} -- VERSION --key FILE --url URL [options]

  --key FILE           private key that signs the manifests (or its public half, with the other in ssh-agent)
  --url URL            where people will fetch the files: an https address that ends in a slash
  --profile NAME       models to publish; may be repeated, the first is certified (default: all of the catalogue)
  --one-context FILE   OpenNebula's package, which must be the one that packer/one-context.yaml names, except in a
                       rehearsal; without it, that one is fetched
  --release N          counts the builds of one version (default 1)
  --email ADDRESS      where the keepers of the marketplace write to
  --into CHECKOUT      writes the submission into a checkout of OpenNebula/marketplace-community as well
  --rehearse           tries everything with what is here, committed or not; the result is for nobody
  --hub URL            takes the place of https://huggingface.co, where models are fetched
  --catalogue FILE     where profiles and models are described
  --suite NAME, --mirror URL
                       Debian suite and mirror of the images, as for npm run image
  --output DIR         where the folder goes (default release/)
  --help

Needs root. Interrupted, or stopped by an error, the same command goes on where it was. docs/publishing.md has the rest.
`;

const { badOption, suite, mirror, hub } = buildArguments(command);

function address(text: string | undefined): string {
  const url = URL.parse(text ?? '');
  if (
    url?.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    url.pathname.endsWith('/')
  ) {
    return url.href;
  }
  throw badOption('--url must be an https address that ends in a slash, without user name and password.');
}

async function keyFile(path: string | undefined): Promise<string> {
  if (path === undefined)
    throw badOption('--key FILE is needed: ssh-keygen -t ed25519 -f release-key makes one.');
  if ((await stat(path).catch(() => undefined))?.isFile()) return resolve(path);
  throw badOption(`--key: there is no file ${path}.`);
}

await runScript(async ({ signal, setLogFile }) => {
  const { values, positionals } = parseCommandLine(command, {
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      url: { type: 'string' },
      profile: { type: 'string', multiple: true, default: [] },
      'one-context': { type: 'string' },
      release: { type: 'string', default: '1' },
      email: { type: 'string' },
      into: { type: 'string' },
      rehearse: { type: 'boolean', default: false },
      hub: { type: 'string' },
      catalogue: { type: 'string' },
      suite: { type: 'string', default: 'trixie' },
      mirror: { type: 'string' },
      output: { type: 'string', default: 'release' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const [version, ...more] = positionals;
  if (version === undefined || more.length > 0) throw badOption('One VERSION is needed.');
  const models = {
    catalogue: values.catalogue === undefined ? ownCatalogue : resolve(values.catalogue),
    hub: hub(values.hub),
    token: takeToken(),
  };
  const known = [...(await profilesFor(models)).keys()];
  const profiles = values.profile.length > 0 ? values.profile : known.filter(isPublished);
  for (const profile of profiles) {
    if (profile === 'bare' || !known.includes(profile)) {
      throw failure('BUILD_UNKNOWN_PROFILE', {
        profile,
        profiles: known.filter((name) => name !== 'bare').join(', '),
      });
    }
  }
  const folder = await release({
    version,
    profiles,
    release: wholeNumber(command, 'release', values.release, 1, 9999),
    url: address(values.url),
    key: await keyFile(values.key),
    rehearsal: values.rehearse,
    email: values.email,
    into: values.into === undefined ? undefined : resolve(values.into),
    output: resolve(values.output),
    build: {
      suite: suite(values.suite),
      mirror: mirror(values.mirror),
      models,
      oneContext: values['one-context'] === undefined ? undefined : resolve(values['one-context']),
    },
    signal,
    onLog: setLogFile,
    async openTools() {
      const path = join(
        cacheDirectory(),
        'log',
        `release-${new Date().toISOString().replaceAll(':', '-')}.log`,
      );
      await mkdir(join(cacheDirectory(), 'log'), { recursive: true });
      setLogFile(path);
      const log = openLog(path);
      const progress = printProgress(process.stdout, log.stream);
      progress.say(`Releasing OnePilot ${version}. Details: ${path}`);
      return { progress, shell: loggingShell(log.stream, signal), log: path, close: () => log.end() };
    },
  });
  process.stdout.write(`Ready to upload: ${folder}\nNext: docs/publishing.md, from step 3 of «Release».\n`);
});

/** The automaton for tests and the image without models are no profiles that people are offered. */
function isPublished(profile: string): boolean {
  return profile !== 'smoke' && profile !== 'bare';
}
