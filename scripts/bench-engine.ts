import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { benchEngine, type EngineFigures, extents } from '../src/bench/engine/engine-bench.ts';
import { Figures } from '../src/bench/engine/figures.ts';
import { engineReport } from '../src/bench/engine/report.ts';
import { describeMachine } from '../src/bench/machine.ts';
import { engineDirectory } from '../src/builder/engine-directory.ts';
import { cacheDirectory } from '../src/builder/places.ts';
import { printProgress } from '../src/builder/progress.ts';
import { loggingShell } from '../src/builder/shell.ts';
import { parseCommandLine } from '../src/cli/arguments.ts';
import { openLog } from '../src/cli/log-file.ts';
import { runScript } from '../src/cli/run-script.ts';
import { gibibyte } from '../src/engine/sizing/memory.ts';
import { failure } from '../src/errors/catalogue.ts';
import { observeHardware } from '../src/machine/hardware.ts';
import { type ShapeName, shapes } from '../src/models/random/shapes.ts';
import { shapeSize } from '../src/models/random/write.ts';
import { writeThrowawayCertificate } from './support/throwaway-certificate.ts';

const command = 'npm run bench:engine';

const help = `Measures the engine on this machine, as the appliance would configure it, with models of random weights.

  ${command} -- [options]

  --quick          fewer rounds, and the memory of dense-1.5b alone
  --shape NAME     a model whose memory is measured (repeatable; the first one is also the one for speed):
                   ${Object.keys(shapes).slice(0, 6).join(', ')},
                   ${Object.keys(shapes).slice(6).join(', ')}
  --json FILE      also writes all figures
  --help

Presets come from the sizing, the engine's command and environment from its systemd unit; it runs outside its
sandbox. Two models of the same shape are served, for chat and for completion, each in a process of its own.

stack_over_llama_bench  tokens a second of generation from a client (usage over the time from first to last token, by
    the client's clock) through TLS, gateway and router to the model, over llama-bench's: same file, depth, threads,
    batch, flash attention, cache type and load mode, greedy, no speculation. llama-bench runs twice a round, waiting as
    OpenMP does by default and as the unit says (passive); the faster one counts, the other is shown.
of_bandwidth_bound      the same tokens a second times the bytes that a token takes (active weights, keys and values at
    that depth, recurrent states), over the bytes a second that as many threads read from memory (read-bandwidth.c, in
    the same round). Weights are counted once a token, caches as none: a bound, not a forecast.
chat_and_complete_over_alternating  T_turns / T_together: T_turns is the time for a chat answer of
    64 tokens and then a completion of 64, T_together the time until both are there when asked at once. 1 means
    that sharing the cores costs nothing.
memory                  predicted over measured peak of anonymous memory, with everything filled that may be.

Rounds alternate what is compared, since a shared host's speed drifts; each ratio is made within a round. Of all
rounds the half counts during which other programs took least of the processors; how much is shown. Ends with 0 and
says so when an aim is missed. Needs the built engine, gcc, and disk for one model at a time.
`;

/** Bytes of memory that must be free for the largest shape by default. */
const enoughForExperts = 14 * gibibyte;

function isShape(name: string): name is ShapeName {
  return Object.hasOwn(shapes, name);
}

function askedShapes(names: readonly string[]): ShapeName[] {
  return names.map((name) => {
    if (isShape(name)) return name;
    throw failure('BUILD_BAD_OPTION', { problem: `There is no shape «${name}».`, command });
  });
}

/** The shapes of a run that says nothing, as far as memory and disk allow. */
async function usualShapes(isQuick: boolean, directory: string): Promise<ShapeName[]> {
  if (isQuick) return [];
  const { bavail, bsize } = await statfs(directory);
  const large: ShapeName[] = process.availableMemory() >= enoughForExperts ? ['experts-12b'] : [];
  return (['hybrid-4b', ...large] as const).filter((name) => shapeSize(name) + gibibyte < bavail * bsize);
}

await runScript(async ({ signal, setLogFile }) => {
  const { values } = parseCommandLine(command, {
    options: {
      quick: { type: 'boolean', default: false },
      shape: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const asked = askedShapes(values.shape);
  const engine = await engineDirectory();
  const machine = await observeHardware();
  await mkdir(cacheDirectory(), { recursive: true });
  const models = await mkdtemp(join(cacheDirectory(), 'bench-engine-'));
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-bench-'));
  const logFile = join(directory, 'bench.log');
  setLogFile(logFile);
  const log = openLog(logFile);
  try {
    const [first = 'dense-1.5b', ...others] =
      asked.length > 0 ? asked : ['dense-1.5b' as const, ...(await usualShapes(values.quick, models))];
    const shell = loggingShell(log.stream, signal);
    const { loadBefore, ...measured }: EngineFigures = await benchEngine({
      ...{ directory, models, engine, machine, shell, signal },
      tls: await writeThrowawayCertificate(directory),
      extent: values.quick ? extents.quick : extents.full,
      shapes: [first, ...others],
      progress: printProgress(process.stdout, log.stream),
    });
    const figures = Figures.parse({
      ...measured,
      machine: await describeMachine(machine, shell, loadBefore),
    });
    process.stdout.write(engineReport(figures));
    if (values.json !== undefined) {
      await writeFile(resolve(values.json), `${JSON.stringify(figures, null, 2)}\n`);
    }
  } finally {
    await rm(models, { recursive: true, force: true });
    await log.end();
    if (signal.aborted) await rm(directory, { recursive: true, force: true });
  }
  await rm(directory, { recursive: true });
});
