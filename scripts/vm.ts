import { requireRoot } from '../src/builder/doctor.ts';
import { findHypervisor } from '../src/builder/hypervisor.ts';
import { loggingShell } from '../src/builder/shell.ts';
import { openLog } from '../src/cli/log-file.ts';
import { runScript } from '../src/cli/run-script.ts';
import { readVmOptions, vmOptionsHelp } from '../src/vm/options.ts';
import { runSession } from '../src/vm/session.ts';
import { requireTools } from '../src/vm/tools.ts';

const command = 'npm run vm';

const help = `Boots an image in QEMU, waits until it is ready and prints how to reach it.

  ${command} -- [options]

  --image FILE     image to boot (default output/onepilot-smoke.qcow2)
${vmOptionsHelp}  --help

The VM writes to an overlay: the image stays as it is. After a failure its console is kept.
`;

await runScript(async ({ signal, setLogFile }) => {
  const session = await readVmOptions(command);
  if (!session) {
    process.stdout.write(help);
    return;
  }
  requireRoot();
  await requireTools();
  const silent = loggingShell(openLog('/dev/null').stream, signal);
  const hypervisor = await findHypervisor(silent, signal);
  await runSession({ ...session, hypervisor, signal, onLog: setLogFile });
});
