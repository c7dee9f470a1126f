import { relative, resolve } from 'node:path';
import { parseCommandLine, wholeNumber } from '../src/cli/arguments.ts';
import { runScript } from '../src/cli/run-script.ts';
import { failure, type OnePilotError } from '../src/errors/catalogue.ts';
import { checkCommand } from '../src/marketplace/checks/check-command.ts';
import { readPublication } from '../src/marketplace/publication.ts';
import { readUploads, type Upload, type Uploads } from '../src/marketplace/requested.ts';
import { readSources } from '../src/marketplace/sources.ts';
import { renderSubmission } from '../src/marketplace/submission.ts';
import { warnings } from '../src/marketplace/warnings.ts';
import {
  servicesFile,
  type Written,
  writeIntoCheckout,
  writeSubmission,
} from '../src/marketplace/write-submission.ts';

const command = 'npm run marketplace';

const help = `Writes the submission to OpenNebula's community marketplace, from what was built.

  ${command} -- --image FILE --url URL [options]
  ${command} -- --check DIR [--image FILE] [--system FILE] [--model-disk FILE]

  --image FILE          an image with models in it, its manifest beside it
  --url URL             where people will fetch it: https
  --system FILE         an image without models (--profile bare), and
  --system-url URL
  --model-disk FILE     a disk of models (--only model-disk) for it: three more entries, so that the system can be
  --model-disk-url URL  replaced without fetching the models again
  --release N           counts the builds of one version of OnePilot (default 1)
  --email ADDRESS       where the keepers of the marketplace write to; they want one
  --output DIR          where the submission goes (default submission/)
  --into CHECKOUT       writes it into a checkout of OpenNebula/marketplace-community as well
  --allow-agent         takes images without one-context, to look at the result: certification would fail
  --check DIR           writes nothing: looks at a submission, or a checkout with one in it, by the rules of those who will
                        read it, and at the files that its entries describe
  --help

Each file is measured: a manifest that says otherwise is refused. A second run changes nothing. Names and UUIDs stay the
same for ever: appliance/marketplace/entries.yaml.
`;

function badOption(problem: string): OnePilotError {
  return failure('BUILD_BAD_OPTION', { problem, command });
}

/** A file and its URL, which go together. */
function upload(option: string, path: string | undefined, urlOption: string, url: string | undefined) {
  if (path === undefined && url === undefined) return undefined;
  if (path === undefined) throw badOption(`--${urlOption} belongs to --${option} FILE.`);
  if (url === undefined) throw badOption(`--${option} needs --${urlOption} URL.`);
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'https:' || parsed.username !== '' || parsed.password !== '') {
    throw badOption(`--${urlOption} must be an https URL without user name and password.`);
  }
  return { path: resolve(path), url };
}

function uploads(
  image: Upload | undefined,
  system: Upload | undefined,
  modelDisk: Upload | undefined,
): Uploads {
  if (!image) throw badOption('--image FILE and --url URL are needed.');
  if (!system && !modelDisk) return { image };
  if (system && modelDisk) return { image, split: { system, modelDisks: [modelDisk] } };
  throw badOption('--system and --model-disk go together: neither is of use alone.');
}

function report(folder: string, { written, removed }: Written): string {
  const lines = [...written.map((path) => `wrote ${path}`), ...removed.map((path) => `removed ${path}`)];
  const name = relative('', folder) || '.';
  return `${[...lines, lines.length === 0 ? `${name} is as it should be` : `in ${name}`].join('\n')}\n`;
}

await runScript(async () => {
  const { values } = parseCommandLine(command, {
    options: {
      image: { type: 'string' },
      url: { type: 'string' },
      system: { type: 'string' },
      'system-url': { type: 'string' },
      'model-disk': { type: 'string' },
      'model-disk-url': { type: 'string' },
      release: { type: 'string', default: '1' },
      email: { type: 'string' },
      output: { type: 'string', default: 'submission' },
      into: { type: 'string' },
      'allow-agent': { type: 'boolean', default: false },
      check: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const write = (text: string) => process.stdout.write(text);
  if (values.check !== undefined) {
    if (values.url !== undefined || values.into !== undefined) {
      throw badOption('--check writes nothing: it takes --image, --system and --model-disk alone.');
    }
    const files = [values.image, values.system, values['model-disk']].filter((file) => file !== undefined);
    await checkCommand(
      resolve(values.check),
      files.map((file) => resolve(file)),
      write,
    );
    return;
  }
  const { email, release, output, into, 'allow-agent': allowAgent } = values;
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email)) throw badOption('--email must be an address.');
  const requested = uploads(
    upload('image', values.image, 'url', values.url),
    upload('system', values.system, 'system-url', values['system-url']),
    upload('model-disk', values['model-disk'], 'model-disk-url', values['model-disk-url']),
  );
  const publication = await readPublication(wholeNumber(command, 'release', release, 1, 9999), email);
  const artefacts = await readUploads(requested, allowAgent);
  const submission = renderSubmission(artefacts, publication, await readSources());
  const { app } = publication.entries;
  write(report(output, await writeSubmission(resolve(output), app, submission)));
  if (into === undefined)
    write(`Add ${app} to the line SERVICES of ${servicesFile}; --into CHECKOUT does it.\n`);
  else write(report(into, await writeIntoCheckout(resolve(into), app, submission)));
  for (const warning of warnings(artefacts, email)) write(`${warning}\n`);
});
