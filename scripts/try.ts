import { resolve } from 'node:path';
import { buildImage } from '../src/builder/build-image.ts';
import { runScript } from '../src/cli/run-script.ts';
import { readVmOptions, vmOptionsHelp } from '../src/vm/options.ts';
import { runSession } from '../src/vm/session.ts';

const command = 'npm run try';

const help = `Builds the smoke image, reusing what exists, boots it and shows it answering.

  ${command} -- [options]

${vmOptionsHelp}  --help

The smoke model says known sentences: it proves the machinery and is no copilot.
`;

await runScript(async ({ signal, setLogFile }) => {
  const request = await readVmOptions(command);
  if (!request) {
    process.stdout.write(help);
    return;
  }
  const options = { profile: 'smoke', suite: 'trixie', mirror: undefined, output: resolve('output') };
  const { diagnosis, image } = await buildImage({ options, signal, onLog: setLogFile });
  const session = request(diagnosis.hypervisor, signal);
  await runSession({ ...session, image: image ?? session.image, onLog: setLogFile });
});
