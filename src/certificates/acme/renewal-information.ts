import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { pauseAsked } from '../../models/download/fault.ts';
import { readDirectory } from './directory.ts';
import { AcmeProblem } from './problem.ts';
import type { AcmeRecord } from './record.ts';
import { Transport } from './transport.ts';
import type { AcmeServer, AcmeWanted } from './wanted.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Milliseconds until the CA is asked again (RFC 9773, section 4.3): where it does not say, and what is believed. */
const askAgainAfter = { usually: 6 * hour, least: minute, most: 24 * hour } as const;

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

/** RFC 9773, section 4.2. */
const RenewalInfo = z.object({
  suggestedWindow: z
    .object({ start: moment, end: moment })
    // One that ends before it begins is no answer, says the RFC.
    .refine(({ start, end }) => start < end),
  explanationURL: z
    .url({ protocol: /^https?$/ })
    .max(500)
    // URLs are read without the control characters in them, and kept with these.
    .refine((url) => !/\p{Cc}/u.test(url))
    .optional()
    .catch(undefined),
});

export interface RenewalInformationOptions {
  readonly server: AcmeServer;
  readonly roots: AcmeWanted['roots'];
  /** The chain in stock, in PEM. */
  readonly certificate: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export interface RenewalInformationAnswer {
  /** Absent when the CA offers none, or could not be asked: what it said before stays. */
  readonly window?: NonNullable<AcmeRecord['renewalInformation']>;
  readonly askAgain: Date;
  /** For the log. */
  readonly says: string;
}

/** Asks a CA when it wants a certificate renewed. Never fails: without an answer nothing changes. */
export async function askRenewalInformation(
  options: RenewalInformationOptions,
): Promise<RenewalInformationAnswer> {
  const { server, roots, certificate, now, signal } = options;
  const transport = new Transport({ roots, signal });
  try {
    const { renewalInfo } = await readDirectory(server.directory, transport);
    if (renewalInfo === undefined) return without('the CA gives none', now());
    const identifier = await certificateIdentifier(certificate);
    if (identifier === undefined) return without('the certificate does not name the key of its CA', now());
    const url = `${renewalInfo.replace(/\/$/, '')}/${identifier}`;
    const { status, headers, body } = await transport.send({ url, method: 'GET', headers: {} });
    const askAgain = askAgainAt(now(), pauseAsked(new Headers(headers), now().getTime()));
    if (status !== 200) return { askAgain, says: `the CA answered with status ${status}` };
    const { suggestedWindow, explanationURL } = RenewalInfo.parse(JSON.parse(body));
    const window = { ...suggestedWindow, ...(explanationURL && { explanation: explanationURL }) };
    const why = explanationURL ? `, see ${explanationURL}` : '';
    return {
      window,
      askAgain,
      says: `the CA wants it renewed between ${window.start} and ${window.end}${why}`,
    };
  } catch (error) {
    signal.throwIfAborted();
    const wait = error instanceof AcmeProblem ? error.retryAfter : undefined;
    return {
      askAgain: askAgainAt(now(), wait && wait.getTime() - now().getTime()),
      says: `the CA did not say: ${reasonOf(error)}`,
    };
  } finally {
    transport.close();
  }
}

/**
 * What names a certificate to its CA (RFC 9773, section 4.1); undefined when it does not name the key that signed it.
 * @param certificate In PEM; the first of a chain counts.
 */
export async function certificateIdentifier(certificate: string): Promise<string | undefined> {
  const { x509 } = await import('../own-ca/x509.ts');
  const { raw, serialNumber } = new X509Certificate(certificate);
  const authorityKey = new x509.X509Certificate(raw).getExtension(
    x509.AuthorityKeyIdentifierExtension,
  )?.keyId;
  if (authorityKey === undefined) return undefined;
  const encoded = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
  return `${encoded(authorityKey)}.${encoded(contentOfInteger(serialNumber))}`;
}

/** A positive number in DER begins with a zero byte where it would look negative otherwise. */
function contentOfInteger(hex: string): string {
  const whole = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Number.parseInt(whole.slice(0, 2), 16) >= 0x80 ? `00${whole}` : whole;
}

function without(says: string, now: Date): RenewalInformationAnswer {
  return { askAgain: new Date(now.getTime() + askAgainAfter.most), says };
}

/** @param wait Milliseconds that the CA wants it to be, if it said so. */
function askAgainAt(now: Date, wait: number = askAgainAfter.usually): Date {
  const { least, most } = askAgainAfter;
  return new Date(now.getTime() + Math.min(most, Math.max(least, wait)));
}

/** One line, without what a server may have put into it beyond a sentence. */
function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError)
    return 'its answer is not what RFC 9773 wants';
  return error instanceof Error ? error.message : String(error);
}
