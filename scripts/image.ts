import { resolve } from 'node:path';
import { auditFile } from '../src/audit/audit-file.ts';
import { buildArguments, takeToken } from '../src/builder/build-arguments.ts';
import { type BuildRequest, buildImage, describePlan } from '../src/builder/build-image.ts';
import { Contextualization } from '../src/builder/contextualization.ts';
import { ownCatalogue, profileOf, profilesFor } from '../src/builder/profiles.ts';
import { type BuildOptions, type ModelOrigin, type StageName, stageNames } from '../src/builder/stage.ts';
import { parseCommandLine } from '../src/cli/arguments.ts';
import { runScript } from '../src/cli/run-script.ts';

const command = 'npm run image';

async function help(models: ModelOrigin): Promise<string> {
  const profiles = [...(await profilesFor(models))].map(
    ([name, { about }]) => `                     ${name}: ${about}`,
  );
  return `Builds the appliance image. Needs root; installs missing Debian packages.

  ${command} -- [options]

  --profile NAME   models to bake (default smoke):
${profiles.join('\n')}
  --catalogue FILE where profiles and models are described (default appliance/catalogue.yaml)
  --hub URL        takes the place of https://huggingface.co, where models are fetched
  --contextualization NAME
                   who applies network, host name and SSH keys: agent (default), or one-context, OpenNebula's own
                   package, as the marketplace wants it
  --one-context FILE
                   that package; without it, the one that packer/one-context.yaml names is fetched
  --suite NAME     Debian suite of the image (default trixie)
  --mirror URL     Debian mirror (default: the package sources of this machine)
  --output DIR     where the image goes (default output/)
  --dry-run        say which stages would run and why, and do nothing
  --only STAGE     stop after a stage and what it needs
  --rebuild STAGE  run a stage again although nothing changed; may be repeated
  --audit FILE     build nothing: take a finished image apart, boot it, and compare it with the manifest beside it
                   and with appliance/audit.yaml
  --no-boot        audit without looking at the ports of a running VM
  --help

Stages: doctor ${stageNames.join(' ')}.
model-disk runs only when it is asked for: --only model-disk makes a disk of the profile's models.
Each is reused while its inputs are unchanged. An interrupted build continues where it was.
The cache is ONEPILOT_CACHE, or onepilot in the XDG cache directory. Fetched models stay in its models/.
HF_TOKEN in the environment is the token for gated repositories; it is sent to the hub, or what --hub names, alone.
`;
}

const { badOption, suite, mirror, hub } = buildArguments(command);

function contextualization(name: string): Contextualization {
  const read = Contextualization.safeParse(name);
  if (read.success) return read.data;
  throw badOption(`--contextualization must be one of ${Contextualization.options.join(', ')}.`);
}

function stage(option: string, name: string): StageName {
  const found = stageNames.find((known) => known === name);
  if (found) return found;
  throw badOption(`--${option}: there is no stage «${name}».`);
}

await runScript(async ({ signal, setLogFile }) => {
  const { values } = parseCommandLine(command, {
    options: {
      profile: { type: 'string', default: 'smoke' },
      suite: { type: 'string', default: 'trixie' },
      mirror: { type: 'string' },
      catalogue: { type: 'string' },
      hub: { type: 'string' },
      contextualization: { type: 'string', default: 'agent' },
      'one-context': { type: 'string' },
      output: { type: 'string', default: 'output' },
      'dry-run': { type: 'boolean', default: false },
      only: { type: 'string' },
      rebuild: { type: 'string', multiple: true, default: [] },
      audit: { type: 'string' },
      'no-boot': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const models: ModelOrigin = {
    catalogue: values.catalogue === undefined ? ownCatalogue : resolve(values.catalogue),
    hub: hub(values.hub),
    token: takeToken(),
  };
  if (values.help) {
    process.stdout.write(await help(models));
    return;
  }
  if (values.audit !== undefined) {
    await auditFile({ image: resolve(values.audit), boots: !values['no-boot'], signal, onLog: setLogFile });
    return;
  }
  if (values['no-boot']) throw badOption('--no-boot is for --audit FILE.');
  const options: BuildOptions = {
    profile: values.profile,
    suite: suite(values.suite),
    mirror: mirror(values.mirror),
    output: resolve(values.output),
    models,
    contextualization: contextualization(values.contextualization),
    oneContext: values['one-context'] === undefined ? undefined : resolve(values['one-context']),
  };
  if (options.oneContext !== undefined && options.contextualization !== 'one-context') {
    throw badOption('--one-context is for --contextualization one-context.');
  }
  await profileOf(options);
  const rebuild = new Set(values.rebuild.map((name) => stage('rebuild', name)));
  const only = values.only === undefined ? undefined : stage('only', values.only);
  if (values['dry-run']) {
    process.stdout.write(`${await describePlan(options, rebuild, only)}\n`);
    return;
  }
  const request: BuildRequest = {
    options,
    rebuild,
    only,
    signal,
    onLog: setLogFile,
  };
  await buildImage(request);
});
