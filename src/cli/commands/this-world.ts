import { type SpawnOptions, spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { text as readAll } from 'node:stream/consumers';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { challengeDirectory, gatewayControl, pathsUnder } from '../../machine/paths.ts';
import { harmless } from '../../report/harmless.ts';
import type { Captured, CommandWorld } from './command.ts';

/** Milliseconds for looking at what an ACME CA would look at. */
const longestCheck = 60_000;

type Argv = readonly [string, ...string[]];

/** The machine this process runs on. */
export function thisWorld(): CommandWorld {
  const paths = pathsUnder('/');
  return {
    paths,
    isRoot: process.getuid?.() === 0,
    hostname: hostname(),
    now: () => new Date(),
    capture,
    attach: async (argv, { quiet } = { quiet: false }) => {
      return (await run(argv, { stdio: ['inherit', quiet ? 2 : 'inherit', 'inherit'] })).status;
    },
    say: (line) => void process.stderr.write(`${harmless(line)}\n`),
    stdin: () => readAll(process.stdin),
    unitStatuses: async (units) => (await thisSystem()).unitStatuses(units),
    readContext: async () => {
      const { readContext } = await import('../../context/read.ts');
      return readContext(paths, await thisSystem(), 0);
    },
    inspect: async () => (await import('../../bootstrap/inspect.ts')).inspectMachine('/'),
    reloadGateway: async () =>
      (await import('../../gateway/control-client.ts')).reloadGateway(gatewayControl),
    askUsage: async (query) =>
      (await import('../../gateway/control-client.ts')).askUsage(gatewayControl, query),
    checkAcme: async (wanted, past) => {
      const { preflight, thisPreflightWorld } = await import('../../certificates/acme/preflight.ts');
      const world = thisPreflightWorld(challengeDirectory, AbortSignal.timeout(longestCheck));
      return (await preflight(wanted, wanted.server, past, world)).checks;
    },
    gatewayAddress: { host: '127.0.0.1', port: 443 },
    roots: async () => {
      const { getCACertificates } = await import('node:tls');
      return { everywhere: getCACertificates('bundled'), here: getCACertificates('system') };
    },
  };
}

async function thisSystem() {
  return (await import('../../machine/system.ts')).thisSystem;
}

function capture(argv: Argv, deadline: number): Promise<Captured> {
  // A terminal's width and colours must not decide what a program prints into a file.
  const env = { ...process.env, LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '', COLUMNS: '160' };
  return run(argv, { stdio: ['ignore', 'pipe', 'pipe'], env, timeout: deadline, killSignal: 'SIGKILL' });
}

function run([program, ...args]: Argv, options: SpawnOptions): Promise<Captured> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, options);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        output[name] += chunk;
      });
    }
    child.on('error', (error) => reject(noProgram(program, error.message, error)));
    child.on('close', (status, signal) => {
      if (status !== null) resolve({ status, ...output });
      else reject(noProgram(program, `it was ended by ${signal}`));
    });
  });
}

function noProgram(program: string, reason: string, cause?: Error): OnePilotError {
  return failure('COMMAND_NO_PROGRAM', { program, reason }, { cause });
}
