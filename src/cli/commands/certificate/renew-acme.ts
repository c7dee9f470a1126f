import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCertificates } from '../../../bootstrap/certificates-at-hand.ts';
import { readPermissions } from '../../../bootstrap/files.ts';
import { allowedFrom, limitsOf } from '../../../certificates/acme/limits.ts';
import { kindsOfChallenge } from '../../../certificates/acme/pending-order.ts';
import type { AcmeRecord } from '../../../certificates/acme/record.ts';
import type { AcmeWanted } from '../../../certificates/acme/wanted.ts';
import { failure } from '../../../errors/catalogue.ts';
import { units } from '../../../machine/paths.ts';
import type { CommandWorld, Result } from '../command.ts';
import { done, failed } from '../exit-codes.ts';
import { asText, problemLines } from '../text.ts';
import { momentText } from './moments.ts';

/** Milliseconds; the units themselves are given 15 and 20 minutes. */
const longestOrder = 20 * 60_000;
const longestRun = 30 * 60_000;
const quick = 20_000;
/** Milliseconds between two looks at the journal. */
const journalInterval = 1_000;

/** Asks the ACME CA now, in the unit that may, and shows what that says. @throws COMMAND_RENEW_STOPPED */
export async function renewByAcme(wanted: AcmeWanted, world: CommandWorld): Promise<Result> {
  const { record: before } = await readCertificates(world.paths);
  world.say('Asking the CA; this waits until it has answered.');
  await order(world);
  const { record: after } = await readCertificates(world.paths);
  const { certificate } = after ?? {};
  if (certificate && certificate.fingerprint !== before?.certificate?.fingerprint) {
    return issued(certificate, await handOver(world), world);
  }
  return refused(before, after, wanted, world);
}

async function order(world: CommandWorld): Promise<void> {
  const { paths } = world;
  const shown = journalOf(world);
  await ask(paths.acmeAsked);
  await beside(start(units.acme, longestOrder, world), shown);
  // That was a run under way, which looked before it was asked.
  if (await readPermissions(paths.acmeAsked)) {
    await beside(start(units.acme, longestOrder, world), shown);
  }
  await shown();
}

/** The directory belongs to somebody else: what lies there already, a link for example, is left alone. */
async function ask(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

async function start(unit: string, deadline: number, world: CommandWorld): Promise<void> {
  const ended = await world.capture(['systemctl', 'start', unit], deadline);
  if (ended.status === 0) return;
  throw failure('COMMAND_RENEW_STOPPED', { unit, output: ended.stderr.trim().replace(/\s+/g, ' ') });
}

/** Shows what is logged while `work` goes on. */
async function beside(work: Promise<void>, show: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const ended = work.finally(() => over.abort());
  while (!over.signal.aborted) {
    await Promise.race([
      ended.catch(() => {}),
      sleep(journalInterval, undefined, { signal: over.signal }).catch(() => {}),
    ]);
    if (!over.signal.aborted) await show();
  }
  await ended;
}

/** Shows each line of the unit once. Without a journal the outcome is told all the same. */
function journalOf(world: CommandWorld): () => Promise<void> {
  const since = `--since=@${Math.floor(world.now().getTime() / 1000)}`;
  let told = 0;
  return async () => {
    // By what the process itself wrote, without what systemd says of it.
    const match = `_SYSTEMD_UNIT=${units.acme}`;
    const argv = ['journalctl', '--no-pager', '--quiet', '--output=cat', since, match] as const;
    const { stdout } = await world.capture(argv, quick).catch(() => ({ stdout: '' }));
    const lines = stdout.split('\n').filter((line) => line !== '');
    for (const line of lines.slice(told)) world.say(`  ${line}`);
    told = Math.max(told, lines.length);
  };
}

/** The agent looks at what came and has the gateway serve it. @returns why it does not, if that is known */
async function handOver(world: CommandWorld): Promise<string | undefined> {
  try {
    await start(units.reconcile, longestRun, world);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function issued(
  certificate: NonNullable<AcmeRecord['certificate']>,
  trouble: string | undefined,
  { now }: CommandWorld,
): Result {
  const until = momentText(new Date(certificate.notAfter), now());
  return {
    code: done,
    text: asText([
      `${certificate.issuer} issued a certificate; it is good until ${until}.`,
      'See: onepilot certificate status',
    ]),
    json: { renewed: true, source: 'acme', certificate, served: trouble === undefined },
    notes: trouble === undefined ? [] : [`It is not handed to the gateway yet: ${trouble}`],
  };
}

/** What stood in the way: a failure, or limits that forbid to ask. */
function refused(
  before: AcmeRecord | undefined,
  after: AcmeRecord | undefined,
  wanted: AcmeWanted,
  { now }: CommandWorld,
): Result {
  const failure = after?.lastFailure;
  const isNew = failure !== undefined && failure.at !== before?.lastFailure?.at;
  const hold = after && holdOf(after, wanted, now());
  return {
    code: failed,
    text: asText([
      isNew ? 'No certificate came.' : 'The CA was not asked for a certificate.',
      ...(hold ? [`Not before ${momentText(hold.until, now())}: ${hold.because}.`] : []),
      ...(failure ? problemLines(isNew ? 'Why' : 'Why the last attempt failed', [failure.problem]) : []),
      ...(after ? ['', `Next attempt: ${momentText(new Date(after.next), now())}`] : []),
    ]),
    json: {
      renewed: false,
      source: 'acme',
      asked: isNew,
      problem: failure?.problem ?? null,
      notBefore: hold?.until.toISOString() ?? null,
      next: after?.next ?? null,
    },
  };
}

/** Until when the CA is not asked, whoever wants it. */
function holdOf(
  { notBefore, orders, subject }: AcmeRecord,
  wanted: AcmeWanted,
  now: Date,
): { readonly until: Date; readonly because: string } | undefined {
  if (notBefore !== undefined && new Date(notBefore) > now) {
    return { until: new Date(notBefore), because: 'the CA wants no order earlier' };
  }
  const limit = allowedFrom(limitsOf(wanted), orders, subject, now, kindsOfChallenge);
  return limit && { until: limit.at, because: limit.says };
}
