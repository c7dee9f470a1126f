import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { failure, type OnePilotError } from '../errors/catalogue.ts';
import type { Identifier } from './acme/wanted.ts';
import type { Identity } from './identity.ts';
import type { Provided } from './provided/read-provided.ts';
import { isFor } from './served-to.ts';

/** Whose certificate the context asks for beside that of the own CA, and for which names and addresses. */
export interface CertificateWish {
  /** `as-before`: nobody knows, since the context is wrong or cannot be read. */
  readonly whose: 'own-ca' | 'provided' | 'acme' | 'as-before';
  /** What clients ask for; for `as-before`, what was wanted of ACME. */
  readonly identifiers: readonly Identifier[];
}

/** What there is to choose from. */
export interface Candidates {
  /** Read where it is wished for. */
  readonly provided: Provided | undefined;
  /** The one that was got of an ACME CA last, for whatever name. */
  readonly stock: Identity | undefined;
  /** The one that is served. */
  readonly served: Identity | undefined;
}

/** Whose the certificate is that clients see: `earlier` was served before, and what was asked for is not there. */
export type ServedSource = 'own-ca' | 'provided' | 'acme' | 'earlier';

export interface Choice {
  readonly source: ServedSource;
  /** What is served beside the own CA's certificate; nothing is where `source` is `own-ca`. */
  readonly trusted: Identity | undefined;
  /** One sentence on why it is this one. */
  readonly because: string;
  /** What keeps that from being served which the context names. */
  readonly faults: readonly OnePilotError[];
  readonly warnings: readonly OnePilotError[];
}

/**
 * Chooses what is served beside the own CA's certificate. What is good is kept until it ends: a CA that does not
 * answer, a renewal that fails, a file that was replaced by a broken one take nothing away. Pure.
 */
export function chooseServed(wish: CertificateWish, candidates: Candidates, now: Date): Choice {
  switch (wish.whose) {
    case 'own-ca':
      return ownCa('The context asks for no other.');
    case 'provided':
      return chooseProvided(wish, candidates, now);
    case 'acme':
      return chooseAcme(wish, candidates, now);
    case 'as-before':
      return chooseAsBefore(wish, candidates, now);
  }
}

function chooseProvided(wish: CertificateWish, { provided, stock, served }: Candidates, now: Date): Choice {
  if (provided && 'identity' in provided) {
    const { identity, warnings } = provided;
    const because = 'The context provides it.';
    return { source: 'provided', trusted: identity, because, faults: [], warnings };
  }
  const faults = provided?.problems ?? [];
  const instead = (choice: Choice): Choice => ({ ...choice, faults });
  const before = ifInDate(served, now);
  if (before) return instead(earlier(before, 'The one that is provided is not good.'));
  const ofAcme = ifInDate(ifFor(stock, wish), now);
  if (ofAcme) {
    const because = 'The one that is provided is not good, and this one is there.';
    return instead({ source: 'acme', trusted: ofAcme, because, faults, warnings: [] });
  }
  return instead(ownCa('The one that is provided is not good.'));
}

function chooseAcme(wish: CertificateWish, { stock, served }: Candidates, now: Date): Choice {
  const ofAcme = ifFor(stock, wish);
  const trusted = ifInDate(ofAcme, now);
  if (trusted) {
    const because = 'It is the one that the ACME CA issued.';
    return { source: 'acme', trusted, because, faults: [], warnings: [] };
  }
  // One that was provided for the same name, say, until the CA's is there.
  const before = ifInDate(ifFor(served, wish), now);
  if (before) return earlier(before, 'The ACME CA has issued none that is good.');
  if (!ofAcme) return ownCa('The ACME CA has issued none for what is wanted yet.');
  const end = new X509Certificate(ofAcme.certificate).validToDate.toISOString();
  const names = wish.identifiers.map(({ value }) => value).join(', ');
  const warnings = [failure('ACME_CERTIFICATE_ENDED', { names, end })];
  return { ...ownCa('The one of the ACME CA has ended.'), warnings };
}

function chooseAsBefore(wish: CertificateWish, { stock, served }: Candidates, now: Date): Choice {
  // Renewals go on, whatever has happened to the context.
  if (wish.identifiers.length > 0) return chooseAcme(wish, { provided: undefined, stock, served }, now);
  const before = ifInDate(served, now);
  if (before) return earlier(before, 'What the context wants is not known.');
  return ownCa('There was no other before.');
}

function ownCa(because: string): Choice {
  return { source: 'own-ca', trusted: undefined, because, faults: [], warnings: [] };
}

function earlier(trusted: Identity, because: string): Choice {
  return { source: 'earlier', trusted, because, faults: [], warnings: [] };
}

/**
 * `identity` if it is for some of what is wished for: where a name or an address came along, the certificate that
 * lacks it still serves those that ask for the others.
 */
function ifFor(
  identity: Identity | undefined,
  { identifiers }: Pick<CertificateWish, 'identifiers'>,
): Identity | undefined {
  if (!identity) return undefined;
  const leaf = new X509Certificate(identity.certificate);
  return identifiers.some((identifier) => covers(leaf, identifier)) ? identity : undefined;
}

/** Whether clients that ask for `identifier` accept `certificate`. */
export function covers(certificate: X509Certificate, { type, value }: Identifier): boolean {
  return isIP(value) > 0 === (type === 'ip') && isFor(certificate, value);
}

/** `identity` unless it has ended. Where it has not begun yet, the clock is behind; clients' clocks need not be. */
function ifInDate(identity: Identity | undefined, now: Date): Identity | undefined {
  return identity && new X509Certificate(identity.certificate).validToDate > now ? identity : undefined;
}
