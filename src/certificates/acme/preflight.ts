import { Resolver } from 'node:dns/promises';
import type { Check } from './checks/check.ts';
import { lookUp, type NameLookup } from './checks/look-up.ts';
import { type Ports, Probe } from './checks/probe.ts';
import { checkAddress, judgeReach, type Reach } from './checks/reach.ts';
import { checkClock, checkServer, type Past } from './checks/server.ts';
import type { ChallengeKind } from './order.ts';
import type { AcmeServer, AcmeWanted, Identifier } from './wanted.ts';

export type { Check } from './checks/check.ts';
export type { Past } from './checks/server.ts';

/** What the checks have to do with the world. */
export interface PreflightWorld {
  readonly now: () => Date;
  readonly names: NameLookup;
  readonly ports: Ports;
  /** Directory that the gateway shows challenges from (`challengeDirectory` of machine/paths.ts). */
  readonly challenges: string;
  readonly signal: AbortSignal;
}

export interface Preflight {
  /** Each thing that was looked at; one that failed means that the CA would refuse for certain. */
  readonly checks: readonly Check[];
  /** Kinds of challenge worth trying, best first; none when a check failed. */
  readonly kinds: readonly ChallengeKind[];
}

/** Milliseconds for which a name server is waited for, each time. */
const nameTimeout = 3000;

/** The world of the appliance. */
export function thisPreflightWorld(challenges: string, signal: AbortSignal): PreflightWorld {
  return {
    now: () => new Date(),
    names: new Resolver({ timeout: nameTimeout, tries: 2 }),
    ports: { 'http-01': 80, 'tls-alpn-01': 443 },
    challenges,
    signal,
  };
}

/**
 * Looks at what can be seen from here before a CA is asked, which is spared what must fail.
 * @param server The one that is to be asked: `wanted.server` or `wanted.staging`.
 * @param past Moments that are over for certain.
 */
export async function preflight(
  wanted: AcmeWanted,
  server: AcmeServer,
  past: readonly Past[],
  world: PreflightWorld,
): Promise<Preflight> {
  const { now, signal } = world;
  const [ofServer, reaches] = await Promise.all([
    checkServer({ server, wanted, now, signal }),
    Probe.shown(world.challenges, world.ports, (probe) =>
      Promise.all(wanted.identifiers.map((one) => reachOf(one, wanted.addresses, server, probe, world))),
    ),
  ]);
  const checks = [checkClock(now(), past), ofServer, ...reaches.map(({ check }) => check)];
  const isHopeless = checks.some(({ outcome }) => outcome === 'failed');
  return { checks, kinds: isHopeless ? [] : worthTrying(reaches) };
}

async function reachOf(
  identifier: Identifier,
  ours: readonly string[],
  server: AcmeServer,
  probe: Probe,
  { names, signal }: PreflightWorld,
): Promise<Reach> {
  const addresses = await addressesOf(identifier, ours, server, names);
  if ('outcome' in addresses) return { verdicts: unknown, check: addresses };
  const ask = (kind: ChallengeKind, address: string) => probe.ask(kind, address, identifier.value, signal);
  const seen = await Promise.all(
    addresses.map(async (address) => {
      const [http, tls] = await Promise.all([ask('http-01', address), ask('tls-alpn-01', address)]);
      return { address, answerers: { 'http-01': http, 'tls-alpn-01': tls } };
    }),
  );
  return judgeReach(identifier, seen, { ours, server });
}

const unknown = { 'http-01': 'unknown', 'tls-alpn-01': 'unknown' } as const;

async function addressesOf(
  { type, value }: Identifier,
  ours: readonly string[],
  server: AcmeServer,
  names: NameLookup,
): Promise<readonly string[] | Check> {
  return type === 'dns' ? lookUp(value, ours, names) : (checkAddress(value, server) ?? [value]);
}

/** The kind that works for certain first; http-01 of two equal ones, since CAs are at home there. */
function worthTrying(reaches: readonly Reach[]): readonly ChallengeKind[] {
  const kinds = (['http-01', 'tls-alpn-01'] as const).filter(
    (kind) => !reaches.some(({ verdicts }) => verdicts[kind] === 'no'),
  );
  const certain = (kind: ChallengeKind) => reaches.every(({ verdicts }) => verdicts[kind] === 'yes');
  return kinds.sort((a, b) => Number(certain(b)) - Number(certain(a)));
}
