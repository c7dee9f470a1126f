import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findHypervisor } from '../src/builder/hypervisor.ts';
import { checkout } from '../src/builder/places.ts';
import { loggingShell } from '../src/builder/shell.ts';
import { cutPowerAt, type PowerCut } from '../src/campaign/power-cuts.ts';
import { parseCommandLine, wholeNumber } from '../src/cli/arguments.ts';
import { openLog } from '../src/cli/log-file.ts';
import { runScript, ScriptFailure } from '../src/cli/run-script.ts';
import { freePort } from '../src/vm/ports.ts';

const command = 'npm run test:campaign';

const help = `Long proofs: cuts the power of a VM at random moments of its boot, each time followed by a boot that must
end ready with nothing lost. Writes what it found, with commit and machine, to docs/campaign.md.

  ${command} -- [options]

  --image FILE   image to boot (default output/onepilot-smoke.qcow2)
  --cuts NUMBER  power cuts (default 50; about a minute each)
  --help
`;

/** The longest a cut waits, in seconds: somewhat past the usual boot, so that a running service is hit too. */
const latest = 40;

function page(cuts: readonly PowerCut[], commit: string, machine: string): string {
  const bad = cuts.filter(({ problem }) => problem !== undefined);
  const rows = cuts.map(
    ({ at, readyAfter, problem }) =>
      `| ${at.toFixed(1)} | ${readyAfter.toFixed(1)} | ${problem ?? 'nothing lost'} |`,
  );
  return [
    '# Campaign',
    '',
    `<!-- Written by \`${command}\`. -->`,
    '',
    `Commit ${commit}, ${new Date().toISOString().slice(0, 10)}, ${machine}.`,
    '',
    `## Power cuts: ${cuts.length}, of which ${bad.length} left something wrong`,
    '',
    'One VM, its context changed before each start and its power cut at random moments after it; each time the next',
    'boot must end ready, be what the context says, answer the official client, and have kept key and authority.',
    '',
    '| cut after, s | then ready after, s | found |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

await runScript(async ({ signal, setLogFile }) => {
  const { values } = parseCommandLine(command, {
    options: {
      image: { type: 'string', default: 'output/onepilot-smoke.qcow2' },
      cuts: { type: 'string', default: '50' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const count = wholeNumber(command, 'cuts', values.cuts, 1, 10_000);
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-campaign-'));
  const logFile = join(directory, 'campaign.log');
  setLogFile(logFile);
  const log = openLog(logFile);
  const shell = loggingShell(log.stream, signal);
  try {
    const hypervisor = await findHypervisor(shell, signal);
    const moments = Array.from({ length: count }, () => Math.random() * latest);
    const request = {
      image: resolve(values.image),
      directory: join(directory, 'vm'),
      hypervisor,
      ports: { https: await freePort(), ssh: await freePort() },
      memory: 2048,
    };
    let done = 0;
    const cuts = await cutPowerAt(moments, request, 300, shell, signal, ({ at, readyAfter, problem }) => {
      done += 1;
      const line = `cut after ${at.toFixed(1)}s, ready ${readyAfter.toFixed(1)}s later: ${problem ?? 'nothing lost'}`;
      process.stdout.write(`  ${String(done).padStart(4)}/${count}  ${line}\n`);
    });
    const commit = await shell.run(['git', '-C', checkout, 'rev-parse', '--short', 'HEAD']);
    const [processor] = cpus();
    const machine = `${cpus().length} × ${processor?.model.trim() ?? 'unknown CPU'}, QEMU ${hypervisor.qemu} with ${hypervisor.accelerator}`;
    await writeFile(join(checkout, 'docs/campaign.md'), page(cuts, commit, machine));
    if (cuts.some(({ problem }) => problem !== undefined))
      throw new ScriptFailure('Some cuts left something wrong: docs/campaign.md.');
  } finally {
    await log.end();
  }
  await rm(directory, { recursive: true });
});
