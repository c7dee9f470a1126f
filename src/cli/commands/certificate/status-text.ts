import type { AcmeRecord } from '../../../certificates/acme/record.ts';
import { asText, columns, problemLines } from '../text.ts';
import { fromNow, momentText, shortMoment } from './moments.ts';
import type { Shown } from './served.ts';
import type { CertificateStatus, Kept } from './status.ts';

const titles: Readonly<Record<Kept['source'], string>> = {
  acme: 'Certificate of an ACME CA',
  provided: 'Certificate that the context provides',
  earlier: 'Certificate from before',
  'own-ca': "Certificate of this VM's own CA",
};

/** What clients see, by whose certificate they see who ask for no local name. */
const servings: Readonly<Record<Kept['source'], string>> = {
  acme: "the ACME CA's certificate for its names, and the own CA's for all others",
  provided: "the certificate provided for its names, and the own CA's for all others",
  earlier: "the certificate from before for its names, and the own CA's for all others",
  'own-ca': "the own CA's certificate",
};

/** Why the next step is due, in words. */
const reasons: Readonly<Record<AcmeRecord['because'], string>> = {
  first: 'the first order',
  renewal: 'the renewal, in its time',
  'renewal-information': 'the renewal, when the CA wants it',
  retry: 'another attempt',
  asked: 'an order that was asked for',
};

/** Which part of an attempt failed, in words. */
const stages = {
  checks: 'before the CA was asked',
  staging: 'at the staging server',
  order: 'at the CA',
} as const;

/** What `onepilot certificate status` shows for people. */
export function statusText(status: CertificateStatus, now: Date): string {
  const { mode, served, because, certificates, authority, gateway, problems } = status;
  return asText([
    ...columns([
      ['Mode', modeText(mode)],
      ['Served', servings[served]],
      ['Why', because],
    ]),
    ...certificates.flatMap((kept) => section(titles[kept.source], keptRows(kept, now))),
    ...(authority
      ? section('Own CA', [
          ['Name', authority.issuer],
          ['Valid', `until ${momentText(new Date(authority.notAfter), now)}`],
          ['SHA-256', authority.fingerprint],
          ['File', `${authority.path}; for clients: /ca.crt`],
        ])
      : []),
    ...section('What the gateway shows', gateway.map(shownRow)),
    ...acmeLines(status, now),
    ...problemLines('Problems', problems),
  ]);
}

function modeText(mode: CertificateStatus['mode']): string {
  if (!mode) return 'unknown: the context is missing, wrong or cannot be read';
  return mode.asked === mode.meant ? mode.asked : `${mode.asked}, which comes to ${mode.meant}`;
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return ['', `${title}:`, ...columns(rows, '  ')];
}

function keptRows({ names, addresses, issuer, notBefore, notAfter, inDate, ...kept }: Kept, now: Date) {
  const [from, until] = [new Date(notBefore), new Date(notAfter)];
  const validity = inDate
    ? `until ${momentText(until, now)}`
    : now < from
      ? `NOT YET: from ${momentText(from, now)}`
      : `NO MORE: until ${momentText(until, now)}`;
  return [
    ['For', [...names, ...addresses].join(', ') || 'nobody'],
    ['Issued by', issuer],
    ['Valid', validity],
    ['SHA-256', kept.fingerprint],
    ['File', kept.path],
  ];
}

function shownRow({ name, address, fingerprint, issuer, problem }: Shown): string[] {
  const at = address === undefined ? '' : ` at ${address}`;
  const asked = `asked for ${name ?? 'no name'}${at}`;
  if (fingerprint === undefined) return [asked, 'nothing'];
  const certificate = `that of ${issuer}, ${fingerprint.slice(0, 23)}…`;
  return [asked, problem ? `${certificate}: NOT what it was told to` : certificate];
}

function acmeLines({ acme, acmeWanted }: CertificateStatus, now: Date): string[] {
  if (!acmeWanted) return [];
  const wanted = [
    ['CA', acmeWanted.directory],
    ['Wanted for', acmeWanted.identifiers.join(', ')],
  ];
  if (!acme) return section('ACME', [...wanted, ['Next', 'the first order, within minutes']]);
  const { next, because, staging, lastFailure, failures, notBefore, renewalInformation } = acme;
  const first = staging ? ', at the staging server first' : '';
  const overdue = new Date(next) <= now;
  const rows = [
    ...wanted,
    [
      'Next',
      overdue
        ? `${reasons[because]}${first}, at the next run`
        : `${reasons[because]}${first}: ${momentText(new Date(next), now)}`,
    ],
    ...(notBefore === undefined || new Date(notBefore) <= now
      ? []
      : [['Not before', `${momentText(new Date(notBefore), now)}: the CA wants no order earlier`]]),
    ...(renewalInformation ? [['CA says', windowText(renewalInformation)]] : []),
  ];
  return [...section('ACME', rows), ...(lastFailure ? failureLines(lastFailure, failures, now) : [])];
}

function windowText({ start, end, explanation }: NonNullable<AcmeRecord['renewalInformation']>): string {
  const why = explanation === undefined ? '' : `, because of ${explanation}`;
  return `renew between ${shortMoment(start)} and ${shortMoment(end)}${why}`;
}

function failureLines(
  { at, stage, problem }: NonNullable<AcmeRecord['lastFailure']>,
  failures: number,
  now: Date,
): string[] {
  const count = failures > 1 ? `, ${failures} in a row` : '';
  return problemLines(`Last failure, ${fromNow(new Date(at), now)}, ${stages[stage]}${count}`, [problem]);
}
