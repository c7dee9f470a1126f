import { findAccelerator } from '../src/builder/accelerator.ts';
import { requireRoot } from '../src/builder/doctor.ts';
import { runScript } from '../src/cli/run-script.ts';
import { readVmOptions, vmOptionsHelp } from '../src/vm/options.ts';
import { runSession } from '../src/vm/session.ts';

const command = 'npm run vm';

const help = `Boots an image in QEMU, waits until it is ready and prints how to reach it.

  ${command} -- [options]

  --image FILE     image to boot (default output/onepilot-smoke.qcow2)
${vmOptionsHelp}  --help

The VM writes to an overlay: the image stays as it is. After a failure its console is kept.
`;

await runScript(async ({ signal, setLogFile }) => {
  const request = await readVmOptions(command);
  if (!request) {
    process.stdout.write(help);
    return;
  }
  requireRoot();
  await runSession({ ...request(await findAccelerator(signal), signal), onLog: setLogFile });
});
