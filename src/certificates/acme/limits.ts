import { isPublicCa } from './public-ca.ts';
import type { AcmeAttempt } from './record.ts';
import type { AcmeWanted } from './wanted.ts';

const hour = 60 * 60_000;

/** For how long orders are remembered: the longest span over which CAs count them; in milliseconds. */
export const remembered = 7 * 24 * hour;

/** So many orders within so many milliseconds. */
interface Limit {
  readonly counts: (order: AcmeAttempt, subject: string) => boolean;
  readonly most: number;
  readonly within: number;
  /** Whether one attempt counts once, with however many kinds of challenge it is made. */
  readonly once?: boolean;
  /** The reason that is given. */
  readonly says: string;
}

/** One that was begun and never heard of again may have failed. */
const failed: Limit = {
  counts: ({ outcome }) => outcome !== 'issued',
  most: 5,
  within: hour,
  says: 'CAs bear 5 failed validations an hour',
};

/** https://letsencrypt.org/docs/rate-limits/, the strictest known, is kept with every CA that others use, too. */
const publicLimits: readonly Limit[] = [
  failed,
  {
    counts: ({ outcome, subject: of }, subject) => outcome === 'issued' && of === subject,
    most: 5,
    within: remembered,
    once: true,
    says: 'CAs bear 5 certificates a week for the same names',
  },
  { counts: () => true, most: 300, within: 3 * hour, says: 'CAs bear 300 orders in 3 hours' },
];

/**
 * A CA that roots have to be named for is somebody's own, and spared failures alone; but roots may also be named for
 * what stands between this VM and a public one.
 */
export function limitsOf({ server, roots }: Pick<AcmeWanted, 'server' | 'roots'>): readonly Limit[] {
  return roots === undefined || isPublicCa(server) ? publicLimits : [failed];
}
export type Limits = ReturnType<typeof limitsOf>;

/**
 * From when on an attempt stays within the limits, and which of them says so; undefined when it does already.
 * @param orders Oldest first.
 * @param kinds Kinds of challenge that may be tried: an order for each.
 */
export function allowedFrom(
  limits: Limits,
  orders: readonly AcmeAttempt[],
  subject: string,
  now: Date,
  kinds: number,
): { at: Date; says: string } | undefined {
  const held = limits.flatMap(({ counts, most, within, once, says }) => {
    const counted = orders.filter((order) => counts(order, subject));
    const recent = counted.map(({ at }) => Date.parse(at)).filter((at) => at > now.getTime() - within);
    const last = recent[recent.length + (once ? 1 : kinds) - most - 1];
    return last === undefined ? [] : [{ at: new Date(last + within), says }];
  });
  return held.sort((a, b) => b.at.getTime() - a.at.getTime())[0];
}
