import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildArguments, takeToken } from '../src/builder/build-arguments.ts';
import { Contextualization } from '../src/builder/contextualization.ts';
import { requireRoot } from '../src/builder/doctor.ts';
import { lockDirectory } from '../src/builder/lock.ts';
import { cacheDirectory } from '../src/builder/places.ts';
import { ownCatalogue, profileOf } from '../src/builder/profiles.ts';
import { loggingShell } from '../src/builder/shell.ts';
import type { BuildOptions } from '../src/builder/stage.ts';
import { parseCommandLine } from '../src/cli/arguments.ts';
import { openLog } from '../src/cli/log-file.ts';
import { runScript } from '../src/cli/run-script.ts';
import { readExpected } from '../src/reproduce/expected.ts';
import { requireNoFindings, verdictLines } from '../src/reproduce/report.ts';
import { beginnings, buildTwice, compareImages, imageAt } from '../src/reproduce/reproduce.ts';

const command = 'npm run reproduce';

const help = `Builds an image twice from the same inputs and compares what is in them, file by file. Needs root.

  ${command} -- [options]
  ${command} -- --compare IMAGE IMAGE

  --profile NAME   models to bake (default smoke)
  --from STAGE     the first stage that is built twice: ${beginnings.join(' or ')} (default base).
                   The engine is never built: both builds take over that of the cache, or ONEPILOT_ENGINE.
  --contextualization NAME, --one-context FILE, --suite NAME, --mirror URL, --catalogue FILE, --hub URL
                   as for npm run image
  --compare        build nothing: compare two images at hand
  --json FILE      write what was found to FILE
  --help

Paths, kinds, modes, owners, contents and links are compared, in the root filesystem and the EFI partition; times of
last change are counted. What appliance/differences.yaml does not explain is a finding, and the exit status is 1 then.
When images that were built differ, both stay in the cache, below reproduce/, until the next run.
SOURCE_DATE_EPOCH is the date of what is built; without it, that of the version in CHANGELOG.md.
`;

const { badOption, suite, mirror, hub } = buildArguments(command);

function oneOf<const Name extends string>(option: string, name: string, names: readonly Name[]): Name {
  const found = names.find((known) => known === name);
  if (found !== undefined) return found;
  throw badOption(`--${option} must be one of ${names.join(', ')}.`);
}

await runScript(async ({ signal, setLogFile }) => {
  const { values, positionals } = parseCommandLine(command, {
    allowPositionals: true,
    options: {
      profile: { type: 'string', default: 'smoke' },
      from: { type: 'string', default: 'base' },
      contextualization: { type: 'string', default: 'agent' },
      'one-context': { type: 'string' },
      suite: { type: 'string', default: 'trixie' },
      mirror: { type: 'string' },
      catalogue: { type: 'string' },
      hub: { type: 'string' },
      compare: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (positionals.length !== (values.compare ? 2 : 0)) {
    throw badOption(values.compare ? '--compare takes two images.' : `«${positionals[0]}» is no option.`);
  }
  const from = oneOf('from', values.from, beginnings);
  if (!values.compare) requireRoot();
  const [first = '', second = ''] = await Promise.all(positionals.map(imageAt));
  const place = join(cacheDirectory(), 'reproduce');
  const directory = join(place, 'builds');
  const work = join(place, 'compare');
  const options: BuildOptions = {
    profile: values.profile,
    suite: suite(values.suite),
    mirror: mirror(values.mirror),
    output: directory,
    models: {
      catalogue: values.catalogue === undefined ? ownCatalogue : resolve(values.catalogue),
      hub: hub(values.hub),
      token: takeToken(),
    },
    contextualization: oneOf('contextualization', values.contextualization, Contextualization.options),
    oneContext: values['one-context'] === undefined ? undefined : resolve(values['one-context']),
  };
  await profileOf(options);
  const expected = await readExpected();
  const unlock = await lockDirectory(place);
  const logFile = join(
    cacheDirectory(),
    'log',
    `reproduce-${new Date().toISOString().replaceAll(':', '-')}.log`,
  );
  await mkdir(join(cacheDirectory(), 'log'), { recursive: true });
  setLogFile(logFile);
  const log = openLog(logFile);
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  try {
    let images: readonly [string, string] = [first, second];
    if (!values.compare) {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true });
      const built = await buildTwice({ options, from, directory, signal, say });
      images = [built[0].image, built[1].image];
    }
    say(`Comparing ${images.join(' with ')}`);
    await rm(work, { recursive: true, force: true });
    const verdict = await compareImages(images, expected, work, loggingShell(log.stream, signal));
    for (const line of verdictLines(verdict)) say(line);
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify({ images, ...verdict }, undefined, 1)}\n`);
    }
    requireNoFindings(verdict);
    if (!values.compare) await rm(directory, { recursive: true, force: true });
    say('Nothing differs that is not expected to.');
  } finally {
    await log.end();
    await unlock();
  }
});
