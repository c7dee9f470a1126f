import type { AcmeRecord } from '../../../certificates/acme/record.ts';
import { asProblem } from '../../../context/parse.ts';
import type { Settings } from '../../../context/variables.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { ContextProblem } from '../../../gateway/configuration.ts';
import type { Call, CommandWorld, Result } from '../command.ts';
import { done } from '../exit-codes.ts';
import { certificatesOf, type Description, describe, isInDate } from './description.ts';
import { type Known, readKnown, type Stored, type TrustedKind } from './known.ts';
import { askGateway, type Shown } from './served.ts';
import { statusText } from './status-text.ts';

/** A certificate that is on disk to be served. */
export interface Kept extends Description {
  readonly kind: TrustedKind | 'own-ca';
  readonly path: string;
  readonly inDate: boolean;
}

/** What of the record is for people. */
type AcmeProgress = Pick<
  AcmeRecord,
  'next' | 'because' | 'failures' | 'lastFailure' | 'notBefore' | 'staging' | 'renewalInformation'
>;

/** What `onepilot certificate status` tells. Moments are ISO 8601 in UTC. */
export interface CertificateStatus {
  /** ONEAPP_COPILOT_TLS_MODE; null when the context cannot be read. */
  readonly mode: Settings['tlsMode'] | null;
  /** What is served and why, as a sentence. */
  readonly reason: string;
  /** The better one first. */
  readonly certificates: readonly Kept[];
  readonly authority: (Description & { readonly path: string }) | null;
  /** What the running gateway shows to clients on this machine. */
  readonly gateway: readonly Shown[];
  /** What was tried at an ACME CA and what comes next; null where none is wanted or nothing was tried yet. */
  readonly acme: AcmeProgress | null;
  readonly acmeWanted: { readonly directory: string; readonly identifiers: readonly string[] } | null;
  /** What is wrong with any of this. */
  readonly problems: readonly ContextProblem[];
}

/** `onepilot certificate status`. */
export async function certificateStatus({ world }: Pick<Call, 'world'>): Promise<Result> {
  const known = await readKnown(world);
  const status = statusOf(known, await askGateway(known, world), world);
  return { code: done, text: statusText(status, world.now()), json: status };
}

function statusOf(known: Known, gateway: readonly Shown[], { paths, now }: CommandWorld): CertificateStatus {
  const { mode, own, trusted, wanted, record, authority } = known;
  const [root] = certificatesOf(authority ?? '');
  const kept = [
    ...(trusted ? [keptAs(trusted.kind, trusted, now())] : []),
    ...(own ? [keptAs('own-ca', own, now())] : []),
  ];
  return {
    mode: mode ?? null,
    reason: reasonFor(known, now()),
    certificates: kept,
    authority: root ? { ...describe(root), path: paths.authorityCertificate } : null,
    gateway,
    acme: wanted && record ? progressOf(record) : null,
    acmeWanted: wanted
      ? { directory: wanted.server.directory, identifiers: wanted.identifiers.map(({ value }) => value) }
      : null,
    problems: [
      ...(own ? [] : [asProblem(failure('CERTIFICATE_FILE_BROKEN', { path: paths.ownIdentity }))]),
      ...gateway.flatMap(({ problem }) => problem ?? []),
    ],
  };
}

function keptAs(kind: Kept['kind'], { path, leaf }: Stored, now: Date): Kept {
  return { kind, path, inDate: isInDate(leaf, now), ...describe(leaf) };
}

function progressOf({
  next,
  because,
  failures,
  lastFailure,
  notBefore,
  staging,
  renewalInformation,
}: AcmeRecord): AcmeProgress {
  return {
    next,
    because,
    failures,
    ...(lastFailure && { lastFailure }),
    ...(notBefore !== undefined && { notBefore }),
    staging,
    ...(renewalInformation && { renewalInformation }),
  };
}

/** What is served, and why that. */
function reasonFor({ mode, trusted, wanted }: Known, now: Date): string {
  if (trusted && isInDate(trusted.leaf, now)) {
    return trusted.kind === 'acme'
      ? 'An ACME CA issued a certificate; clients that ask for its names get it.'
      : 'The context gives a certificate; clients that ask for its names get it.';
  }
  if (wanted) {
    return "The own CA's certificate is served until an ACME CA has issued one.";
  }
  switch (mode) {
    case 'own-ca':
      return "The context wants the own CA's certificate.";
    case 'auto':
      return "The own CA's certificate is served: the context gives no certificate, and names no domain to get one for.";
    case undefined:
      return "The own CA's certificate is served; why, the context cannot be asked.";
    default:
      return "The own CA's certificate is served: there is no other that could be. See: onepilot status";
  }
}
