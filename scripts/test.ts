import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { buildImage } from '../src/builder/build-image.ts';
import { requirePackages } from '../src/builder/doctor.ts';
import { checkout } from '../src/builder/places.ts';
import { duration } from '../src/builder/progress.ts';
import { loggingShell } from '../src/builder/shell.ts';
import { openLog } from '../src/cli/log-file.ts';
import { runScript, ScriptFailure } from '../src/cli/run-script.ts';
import { shellBlocks } from '../src/docs/shell-blocks.ts';
import { OnePilotError } from '../src/errors/catalogue.ts';
import { makeOneContextDeb } from '../test/support/one-context/make-deb.ts';

const help = `Checks everything: format and lint, types, unit tests, certificates from a real ACME server, an
image built, booted and proven, a release rehearsed as docs/publishing.md says, engine tests against
the real llama-server, and the image tests.

  npm test

Needs root. The first run builds the engine and an image and takes more than ten minutes longer than
later ones, which take about an hour on two cores: most of it is booting VMs.
Quick loop: npm run test:unit. One folder of test/: npm run test:NAME.
`;

/** Vitest's JSON report, as far as the closing line needs it. */
const Report = z.looseObject({ numPassedTests: z.int(), numFailedTests: z.int(), numPendingTests: z.int() });

const totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs a command, of node_modules where there is one, and says whether it succeeded; it ends when `signal` aborts. */
async function run(
  command: string,
  args: string[],
  signal: AbortSignal,
  environment: Record<string, string> = {},
): Promise<boolean> {
  const child = spawn(command, args, {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      PATH: `${join(checkout, 'node_modules/.bin')}:${process.env.PATH}`,
      ...environment,
    },
    signal,
  });
  return new Promise((resolve) => {
    // An abort is an error too, but the child lives until its exit.
    child.on('error', () => child.pid === undefined && resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

/** Runs the tests of one folder and adds them to the totals. */
async function vitest(
  project: string,
  signal: AbortSignal,
  environment?: Record<string, string>,
): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-report-'));
  const report = join(directory, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const succeeded = await run('vitest', ['run', '--project', project, ...reporters], signal, environment);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  await rm(directory, { recursive: true });
  if (text === undefined) return false;
  const counted = Report.parse(JSON.parse(text));
  totals.passed += counted.numPassedTests;
  totals.failed += counted.numFailedTests;
  totals.skipped += counted.numPendingTests;
  return succeeded && counted.numPassedTests > 0;
}

/**
 * Follows docs/publishing.md as it is written, with a double of one-context for the package that nobody here has.
 * @param directory where the release goes
 * @returns what the image tests must know of it; undefined when a command failed
 */
async function rehearse(directory: string, signal: AbortSignal): Promise<Record<string, string> | undefined> {
  await mkdir(directory, { recursive: true });
  const log = openLog(join(directory, 'one-context.log'));
  const oneContext = await makeOneContextDeb(directory, loggingShell(log.stream, signal)).finally(() =>
    log.end(),
  );
  const page = await readFile(join(checkout, 'docs/publishing.md'), 'utf8');
  const commands = shellBlocks(page, 'Rehearse').join('\n');
  const environment = { REHEARSAL: directory, ONE_CONTEXT: oneContext };
  if (!(await run('bash', ['-euo', 'pipefail', '-c', commands], signal, environment))) return undefined;
  const [version = ''] = (await readdir(directory)).filter((name) => name.endsWith('-rehearsal'));
  const folder = join(directory, version);
  const image = (await readdir(folder)).find((name) => /^onepilot-smoke-.*\.qcow2$/.test(name)) ?? '';
  return { ONEPILOT_RELEASE: folder, ONEPILOT_ONE_CONTEXT_IMAGE: join(folder, image) };
}

/** Says why a step failed; an abort is no failure of the step's. */
function told(error: unknown, signal: AbortSignal): false {
  if (signal.aborted) throw error;
  const reason = error instanceof OnePilotError ? `${error.message}\n→ ${error.fix}` : String(error);
  process.stdout.write(`${reason}\n`);
  return false;
}

await runScript(async ({ signal, setLogFile }) => {
  if (process.argv.includes('--help')) {
    process.stdout.write(help);
    return;
  }
  const output = await mkdtemp(join(tmpdir(), 'onepilot-image-'));
  const failed: string[] = [];
  const times: string[] = [];
  const step = async (name: string, check: () => Promise<boolean>): Promise<void> => {
    process.stdout.write(`\n== ${name}\n`);
    const start = Date.now();
    signal.throwIfAborted();
    const passed = await check();
    signal.throwIfAborted();
    times.push(
      `  ${name.padEnd(16)} ${duration(Date.now() - start).padStart(7)}  ${passed ? 'passed' : 'FAILED'}`,
    );
    if (!passed) failed.push(name);
  };
  try {
    const options = { profile: 'smoke', suite: 'trixie', mirror: undefined, output };
    const environment: Record<string, string> = {};
    await step('format and lint', () => run('biome', ['check', '--error-on-warnings', '.'], signal));
    await step('types', () => run('tsc', ['--noEmit'], signal));
    // Unit tests try the firewall and the like with Debian's own programs, those of ACME its Pebble.
    await step('packages', async () => {
      const path = join(output, 'packages.log');
      const log = openLog(path);
      try {
        await requirePackages(loggingShell(log.stream, signal));
        return true;
      } catch (error) {
        return told(error, signal);
      } finally {
        await log.end();
      }
    });
    await step('unit', () => vitest('unit', signal));
    await step('acme', () => vitest('acme', signal));
    await step('image', async () => {
      try {
        const { outputOf, image } = await buildImage({ options, signal, onLog: setLogFile });
        environment.ONEPILOT_ENGINE = outputOf('engine');
        environment.ONEPILOT_IMAGE = image ?? '';
        return true;
      } catch (error) {
        return told(error, signal);
      }
    });
    await step('release', async () => {
      const told = await rehearse(join(output, 'rehearsal'), signal);
      Object.assign(environment, told);
      return told !== undefined;
    });
    if (environment.ONEPILOT_ENGINE) await step('engine', () => vitest('engine', signal, environment));
    if (environment.ONEPILOT_IMAGE) await step('image tests', () => vitest('image', signal, environment));
  } finally {
    await rm(output, { recursive: true, force: true });
  }
  process.stdout.write(`\n${times.join('\n')}\n`);
  process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
  if (failed.length > 0) throw new ScriptFailure(`Failed: ${failed.join(', ')}.`);
});
