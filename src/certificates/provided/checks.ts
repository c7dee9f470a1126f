import type { KeyObject, X509Certificate } from 'node:crypto';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { type Chain, signs } from './chain.ts';
import { issuerOf, namesOf, subjectOf } from './names.ts';

/** What a look at a certificate found: problems keep it from being served. */
export interface Findings {
  readonly problems: readonly OnePilotError[];
  readonly warnings: readonly OnePilotError[];
}

const day = 24 * 60 * 60 * 1000;

/** Days before its end from which a provided certificate is warned of: nobody but people can replace it. */
const soon = 14;

/** Whether the server's certificate is good at `now`, and for how long. */
export function checkDates({ leaf, intermediates }: Chain, now: Date): Findings {
  const dated = (certificate: X509Certificate): OnePilotError[] => {
    const subject = subjectOf(certificate);
    const { validFromDate, validToDate } = certificate;
    if (validToDate < now) return [failure('CERTIFICATE_EXPIRED', { subject, end: moment(validToDate) })];
    if (validFromDate <= now) return [];
    return [failure('CERTIFICATE_NOT_YET_VALID', { subject, start: moment(validFromDate) })];
  };
  const problems = dated(leaf);
  // Clients may know another way to a root than one that has ended.
  const warnings = intermediates.flatMap(dated);
  const left = leaf.validToDate.getTime() - now.getTime();
  if (problems.length === 0 && left < soon * day) {
    const end = moment(leaf.validToDate);
    const days = Math.floor(left / day);
    warnings.push(failure('CERTIFICATE_ENDS_SOON', { subject: subjectOf(leaf), end, days }));
  }
  return { problems, warnings };
}

/** RFC 5280, section 4.2.1.12: id-kp-serverAuth and anyExtendedKeyUsage. */
const serverUsages = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

/** Whether clients take it for a server's, under the name they use. */
export function checkPurpose({ leaf }: Chain, domain: string | undefined): Findings {
  const subject = subjectOf(leaf);
  const problems: OnePilotError[] = [];
  const warnings: OnePilotError[] = [];
  if (leaf.ca) problems.push(failure('CERTIFICATE_OF_AUTHORITY', { subject }));
  // Node's type says that there is always one; without the extension there is none (RFC 5280: for any purpose).
  const usages: readonly string[] | undefined = leaf.keyUsage;
  if (usages && !usages.some((usage) => serverUsages.includes(usage))) {
    problems.push(failure('CERTIFICATE_NOT_FOR_SERVERS', { subject }));
  }
  const names = namesOf(leaf);
  if (names.length === 0) {
    problems.push(failure('CERTIFICATE_NO_NAMES', { subject }));
  } else if (domain !== undefined && leaf.checkHost(domain, { subject: 'never' }) === undefined) {
    warnings.push(failure('CERTIFICATE_NAME_NOT_COVERED', { names: listed(names), domain }));
  }
  return { problems, warnings };
}

/** Curves of TLS that browsers know (RFC 8446, section 4.2.3), as OpenSSL calls them. */
const usualCurves = ['prime256v1', 'secp384r1', 'secp521r1'];

/** Whether keys and signatures are strong enough for TLS libraries of today. */
export function checkStrength({ leaf, intermediates }: Chain): Findings {
  const problems: OnePilotError[] = [];
  const warnings: OnePilotError[] = [];
  for (const certificate of [leaf, ...intermediates]) {
    const subject = subjectOf(certificate);
    const { kind, strength } = strengthOf(certificate.publicKey);
    if (strength === 'weak') problems.push(failure('CERTIFICATE_KEY_WEAK', { subject, kind }));
    if (strength === 'unusual') warnings.push(failure('CERTIFICATE_KEY_UNUSUAL', { subject, kind }));
    const algorithm = certificate.signatureAlgorithm ?? '';
    if (/sha-?1(?!\d)|md[245]/i.test(algorithm)) {
      problems.push(failure('CERTIFICATE_SIGNATURE_WEAK', { subject, algorithm }));
    }
  }
  return { problems, warnings };
}

function strengthOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): {
  readonly kind: string;
  readonly strength: 'usual' | 'unusual' | 'weak';
} {
  const type: string = asymmetricKeyType ?? 'unknown';
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {};
  if (type === 'rsa' || type === 'rsa-pss') {
    return { kind: `RSA with ${modulusLength} bits`, strength: modulusLength < 2048 ? 'weak' : 'usual' };
  }
  if (type !== 'ec') return { kind: type, strength: type === 'dsa' ? 'weak' : 'unusual' };
  return {
    kind: `ECDSA with ${namedCurve}`,
    strength: usualCurves.includes(namedCurve) ? 'usual' : 'unusual',
  };
}

/**
 * Whether clients can get from the server's certificate to a root.
 * @param roots those that the system trusts; a company's own may be known to clients all the same
 */
export function checkTrust(chain: Chain, place: string, roots: () => readonly X509Certificate[]): Findings {
  const { leaf, intermediates, complete, unrelated } = chain;
  const warnings: OnePilotError[] = [];
  const subject = subjectOf(leaf);
  if (unrelated.length > 0) {
    const others = listed(unrelated.map(subjectOf));
    warnings.push(failure('CERTIFICATE_UNRELATED', { place, subject, others }));
  }
  const path = [leaf, ...intermediates];
  const last = path.at(-1) ?? leaf;
  if (complete && signs(leaf, leaf)) {
    warnings.push(failure('CERTIFICATE_SELF_SIGNED', { subject }));
  } else if (!complete && !roots().some((root) => path.some((certificate) => signs(root, certificate)))) {
    const names = { subject: subjectOf(last), issuer: issuerOf(last) };
    warnings.push(failure('CERTIFICATE_MISSING_INTERMEDIATE', names));
  }
  return { problems: [], warnings };
}

/** So many names stand in a message at most. */
const most = 5;

function listed(names: readonly string[]): string {
  const first = names.slice(0, most).join(', ');
  return names.length > most ? `${first} and ${names.length - most} more` : first;
}

function moment(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
