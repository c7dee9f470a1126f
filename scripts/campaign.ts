import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findHypervisor } from '../src/builder/hypervisor.ts';
import { checkout } from '../src/builder/places.ts';
import { loggingShell, type Shell } from '../src/builder/shell.ts';
import { type CampaignSection, withSection } from '../src/campaign/page.ts';
import { cutPowerAt, type PowerCut } from '../src/campaign/power-cuts.ts';
import { parseCommandLine, wholeNumber } from '../src/cli/arguments.ts';
import { openLog } from '../src/cli/log-file.ts';
import { runScript, ScriptFailure } from '../src/cli/run-script.ts';
import { freePort } from '../src/vm/ports.ts';

const command = 'npm run test:campaign';

const help = `Long proofs: renews certificates under open streams, and cuts the power of a VM at random moments of its boot, each
time followed by a boot that must end ready with nothing lost. Writes what it found, with commit and machine, to
docs/campaign.md.

  ${command} -- [options]

  --renewals NUMBER  renewals of a certificate (default 50; seconds each)
  --cuts NUMBER      power cuts (default 50; about a minute each)
  --image FILE       image to boot (default output/onepilot-smoke.qcow2)
  --help
`;

/** The longest a cut waits, in seconds: somewhat past the usual boot, so that a running service is hit too. */
const latest = 40;

function cutsSection(cuts: readonly PowerCut[], made: string): CampaignSection {
  const bad = cuts.filter(({ problem }) => problem !== undefined);
  const rows = cuts.map(
    ({ at, readyAfter, problem }) =>
      `| ${at.toFixed(1)} | ${readyAfter.toFixed(1)} | ${problem ?? 'nothing lost'} |`,
  );
  const text = [
    'One VM, its context changed before each start and its power cut at random moments after it; each time the next',
    'boot must end ready, be what the context says, answer the official client, and have kept key and authority.',
    '',
    '| cut after, s | then ready after, s | found |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
  const outcome = `${cuts.length}, of which ${bad.length} left something wrong`;
  return { name: 'Power cuts', outcome, made, text };
}

function renewalsSection(count: number, made: string): CampaignSection {
  const text = [
    'The real agent, ACME unit and gateway, certificates from Pebble by http-01, one after the other, while twenty streams',
    'were open: each certificate was another one, and every stream came to its end with everything in it',
    '(`test/acme/renewal.test.ts`).',
  ].join('\n');
  return { name: 'Renewals', outcome: `${count}, no stream dropped`, made, text };
}

await runScript(async ({ signal, setLogFile }) => {
  const { values } = parseCommandLine(command, {
    options: {
      image: { type: 'string', default: 'output/onepilot-smoke.qcow2' },
      cuts: { type: 'string', default: '50' },
      renewals: { type: 'string', default: '50' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const cuts = wholeNumber(command, 'cuts', values.cuts, 0, 10_000);
  const renewals = wholeNumber(command, 'renewals', values.renewals, 0, 10_000);
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-campaign-'));
  const logFile = join(directory, 'campaign.log');
  setLogFile(logFile);
  const log = openLog(logFile);
  const shell = loggingShell(log.stream, signal);
  try {
    if (renewals > 0) await renew(renewals, shell);
    if (cuts > 0) await cutPower(cuts, { image: resolve(values.image), directory, shell, signal });
  } finally {
    await log.end();
  }
  await rm(directory, { recursive: true });
});

async function renew(count: number, shell: Shell): Promise<void> {
  process.stdout.write(`  ${count} renewals under twenty streams, some seconds each\n`);
  const words = ['vitest', 'run', '--project', 'acme', 'test/acme/renewal.test.ts', '-t', 'http-01'];
  const env = { ONEPILOT_RENEWALS: String(count) };
  await shell.run(['npx', '--no-install', ...words], { cwd: checkout, env });
  process.stdout.write(`  ${count} renewals, no stream dropped\n`);
  await writeSection(renewalsSection(count, await madeBy(shell)));
}

interface CutSetup {
  readonly image: string;
  readonly directory: string;
  readonly shell: Shell;
  readonly signal: AbortSignal;
}

async function cutPower(count: number, { image, directory, shell, signal }: CutSetup): Promise<void> {
  const hypervisor = await findHypervisor(shell, signal);
  const moments = Array.from({ length: count }, () => Math.random() * latest);
  const request = {
    image,
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
  const qemu = `QEMU ${hypervisor.qemu} with ${hypervisor.accelerator}`;
  await writeSection(cutsSection(cuts, await madeBy(shell, qemu)));
  if (cuts.some(({ problem }) => problem !== undefined))
    throw new ScriptFailure('Some cuts left something wrong: docs/campaign.md.');
}

async function writeSection(section: CampaignSection): Promise<void> {
  const file = join(checkout, 'docs/campaign.md');
  await writeFile(file, withSection(await readFile(file, 'utf8').catch(() => ''), section));
}

async function madeBy(shell: Shell, ...more: string[]): Promise<string> {
  const commit = await shell.run(['git', '-C', checkout, 'rev-parse', '--short', 'HEAD']);
  const [processor] = cpus();
  const machine = `${cpus().length} × ${processor?.model.trim() ?? 'unknown CPU'}`;
  return `Commit ${commit}, ${[new Date().toISOString().slice(0, 10), machine, ...more].join(', ')}.`;
}
