import { isIPv4 } from 'node:net';
import { failure, type OnePilotError } from '../../../errors/catalogue.ts';
import { isPublicAddress } from '../../../network/public-address.ts';
import type { ChallengeKind } from '../order.ts';
import { isPublicCa } from '../public-ca.ts';
import type { AcmeServer, Identifier } from '../wanted.ts';
import { type Check, doubtful, failed, passed } from './check.ts';
import type { Answerer } from './probe.ts';

/** What was seen at one address that an identifier leads to. */
export interface Seen {
  readonly address: string;
  readonly answerers: Readonly<Record<ChallengeKind, Answerer>>;
}

/** Whether a CA can look by one kind of challenge, as far as that can be known from here. */
export type Verdict = 'yes' | 'no' | 'unknown';

export interface Reach {
  readonly verdicts: Readonly<Record<ChallengeKind, Verdict>>;
  readonly check: Check;
}

/** What is known of the machine and of the CA. */
export interface Surroundings {
  /** The machine's own addresses. */
  readonly ours: readonly string[];
  readonly server: AcmeServer;
}

/**
 * Judges what was seen. Pure. What is certain: that this VM answers, and that nobody answers at an address of its own.
 * Of others' addresses little is: a router may pass on what comes from outside and not what comes from inside
 * (hairpin), and show its own pages to the inside. Only a VM that has a public address itself is behind no router.
 */
export function judgeReach({ value: name }: Identifier, seen: readonly Seen[], around: Surroundings): Reach {
  const verdicts = {
    'http-01': overall(seen.map((one) => verdictOn(one, 'http-01', around))),
    'tls-alpn-01': overall(seen.map((one) => verdictOn(one, 'tls-alpn-01', around))),
  };
  return { verdicts, check: checkOf(name, seen, verdicts, around) };
}

/** Whether `address` can be asked for at `server`: CAs that everybody trusts certify only what everybody reaches. */
export function checkAddress(address: string, server: AcmeServer): Check | undefined {
  if (isPublicAddress(address) || !isPublicCa(server)) return undefined;
  const host = new URL(server.directory).host;
  return failed(address, failure('ACME_ADDRESS_NOT_PUBLIC', { address, server: host }));
}

function verdictOn({ address, answerers }: Seen, kind: ChallengeKind, { ours }: Surroundings): Verdict {
  const answerer = answerers[kind];
  if (answerer === 'us') return 'yes';
  if (ours.includes(address)) return 'no';
  const sees = ours.some((own) => isPublicAddress(own) && isIPv4(own) === isIPv4(address));
  return answerer === 'another' && sees && isPublicAddress(address) ? 'no' : 'unknown';
}

/** CAs choose among the addresses themselves: where these differ nothing is certain. */
function overall(verdicts: readonly Verdict[]): Verdict {
  const [first] = verdicts;
  return first !== undefined && verdicts.every((verdict) => verdict === first) ? first : 'unknown';
}

function checkOf(
  name: string,
  seen: readonly Seen[],
  verdicts: Reach['verdicts'],
  around: Surroundings,
): Check {
  const addresses = seen.map(({ address }) => address).join(', ');
  const at = { name, addresses };
  const { 'http-01': http, 'tls-alpn-01': tls } = verdicts;
  const isHere = seen.every(({ address }) => around.ours.includes(address));
  if (http === 'no' && tls === 'no') {
    return failed(name, isHere ? failure('ACME_NOBODY_ANSWERS', at) : elsewhere(at, around));
  }
  if (http === 'yes') return passed(name, `answers at ${addresses}, port 80`);
  if (tls === 'yes') {
    return isHere
      ? doubtful(name, failure('ACME_PORT_80_SILENT', at))
      : passed(name, `answers at ${addresses}, port 443`);
  }
  const isInside = !seen.some(({ address }) => isPublicAddress(address));
  if (isInside && isPublicCa(around.server)) return doubtful(name, failure('ACME_NAME_INSIDE', at));
  return doubtful(name, failure('ACME_NAME_NOT_OURS', { ...at, ours: listOf(around.ours) }));
}

function elsewhere(at: { name: string; addresses: string }, { ours }: Surroundings): OnePilotError {
  return failure('ACME_NAME_ELSEWHERE', { ...at, ours: listOf(ours) });
}

function listOf(addresses: readonly string[]): string {
  return addresses.join(', ') || 'none yet';
}
