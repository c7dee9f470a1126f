import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { failure, OnePilotError } from '../../errors/catalogue.ts';
import { challengeDirectory, pathsUnder } from '../../machine/paths.ts';
import { inTurn } from '../../machine/turn.ts';
import { readJson } from '../../models/store/durable.ts';
import { oneLine } from '../../report/harmless.ts';
import { type KeepWorld, keep } from './keep.ts';
import { KeepFiles } from './keep-files.ts';
import type { Past } from './preflight.ts';

const usage = `usage: acme [--now] [--root DIR]

Gets and renews the certificate that /etc/onepilot/acme.json wants of an ACME CA: does what is due, and ends
(onepilot-acme.service). --now, or the file /run/onepilot-acme/asked, has it ask now, as far as the CA's limits allow.
Exit status: 0 also when the CA refuses, which record.json tells; 1 is a fault of this program.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      now: { type: 'boolean', default: false },
      root: { type: 'string', default: '/' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  process.umask(0o077);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const busy = () => failure('ACME_BUSY', {});
  try {
    await inTurn(`acme:${values.root}`, 0, busy, async () =>
      keep(await worldUnder(values.root, stop.signal), values.now),
    );
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.log('Stopped: the next run goes on.');
  }
}

async function worldUnder(root: string, signal: AbortSignal): Promise<KeepWorld> {
  const paths = pathsUnder(root);
  const challenges = join(root, challengeDirectory);
  return {
    files: new KeepFiles(paths),
    state: paths.acmeState,
    challenges,
    past: await imageBuilt(paths.imageFacts),
    now: () => new Date(),
    random: Math.random,
    log: (line) => console.log(oneLine(line)),
    // Most runs find nothing to do: what asks is loaded by those that do.
    preflight: async (wanted, server, past) => {
      const { preflight, thisPreflightWorld } = await import('./preflight.ts');
      return preflight(wanted, server, past, thisPreflightWorld(challenges, signal));
    },
    order: async (options) => (await import('./order.ts')).orderCertificate(options),
    askRenewalInformation: async (options) =>
      (await import('./renewal-information.ts')).askRenewalInformation(options),
    certificateIdentifier: async (certificate) =>
      (await import('./renewal-information.ts')).certificateIdentifier(certificate),
    signal,
  };
}

/** Empty when the image does not say. */
async function imageBuilt(path: string): Promise<readonly Past[]> {
  const facts = await readJson(path, z.object({ builtAt: z.int() }));
  if (!facts) return [];
  const at = new Date(facts.builtAt * 1000);
  return [{ at, says: `this image was built at ${at.toISOString()}` }];
}

try {
  await main();
} catch (error) {
  const { message } = error instanceof Error ? error : { message: String(error) };
  console.error(error instanceof OnePilotError ? `${error.code}: ${message} ${error.fix}` : message);
  process.exitCode = 1;
}
