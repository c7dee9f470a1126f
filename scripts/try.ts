import { join, resolve } from 'node:path';
import { packagedImage } from '../src/builder/artefacts.ts';
import { buildImage } from '../src/builder/build-image.ts';
import { runScript } from '../src/cli/run-script.ts';
import { readVmOptions, vmOptionsHelp } from '../src/vm/options.ts';
import { requireFreePort } from '../src/vm/ports.ts';
import { runSession } from '../src/vm/session.ts';

const command = 'npm run try';

const help = `Builds the smoke image, reusing what exists, boots it and shows it answering.

  ${command} -- [options]

${vmOptionsHelp}  --help

The smoke model says known sentences: it proves the machinery and is no copilot.
`;

await runScript(async ({ signal, setLogFile }) => {
  const options = { profile: 'smoke', suite: 'trixie', mirror: undefined, output: resolve('output') };
  const session = await readVmOptions(command, join(options.output, packagedImage(options)));
  if (!session) {
    process.stdout.write(help);
    return;
  }
  // Before the build, which may take half an hour.
  if (session.port !== undefined) await requireFreePort(session.port);
  const { diagnosis } = await buildImage({ options, signal, onLog: setLogFile });
  await runSession({ ...session, hypervisor: diagnosis.hypervisor, signal, onLog: setLogFile });
});
