import type { AcmeRecord } from '../../../certificates/acme/record.ts';
import { subjectOf } from '../../../certificates/acme/subject.ts';
import type { ServedSource } from '../../../certificates/choose.ts';
import { type CertificateMode, certificateMode } from '../../../certificates/mode.ts';
import { asProblem } from '../../../context/parse.ts';
import type { Settings } from '../../../context/variables.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { ContextProblem } from '../../../gateway/configuration.ts';
import type { Call, CommandWorld, Result } from '../command.ts';
import { done } from '../exit-codes.ts';
import { choiceOf } from './choice.ts';
import { certificatesOf, type Description, describe, hasEnded, isInDate } from './description.ts';
import { type Known, readKnown, type Stored } from './known.ts';
import { askGateway, type Shown } from './served.ts';
import { statusText } from './status-text.ts';

/** A certificate that is on disk to be served. */
export interface Kept extends Description {
  readonly source: ServedSource;
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
  /** ONEAPP_COPILOT_TLS_MODE, and what it comes to; null where the context is wrong or cannot be read. */
  readonly mode: { readonly asked: Settings['tlsMode']; readonly meant: CertificateMode } | null;
  /** Whose certificate clients see that ask for no local name. */
  readonly served: ServedSource;
  /** Why that, as a sentence. */
  readonly because: string;
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
  const { settings, own, trusted, wanted, record, authority } = known;
  const { because } = choiceOf(known, now());
  const [root] = certificatesOf(authority ?? '');
  const kept = [
    ...(trusted ? [keptAs(trusted.source, trusted, now())] : []),
    ...(own ? [keptAs('own-ca', own, now())] : []),
  ];
  return {
    mode: settings ? { asked: settings.tlsMode, meant: certificateMode(settings) } : null,
    served: trusted && !hasEnded(trusted.leaf, now()) ? trusted.source : 'own-ca',
    because,
    certificates: kept,
    authority: root ? { ...describe(root), path: paths.authorityCertificate } : null,
    gateway,
    // What it says of another wish is over.
    acme: wanted && record?.subject === subjectOf(wanted) ? progressOf(record) : null,
    acmeWanted: wanted
      ? { directory: wanted.server.directory, identifiers: wanted.identifiers.map(({ value }) => value) }
      : null,
    problems: [
      ...(own ? [] : [asProblem(failure('CERTIFICATE_FILE_BROKEN', { path: paths.ownIdentity }))]),
      ...gateway.flatMap(({ problem }) => problem ?? []),
    ],
  };
}

function keptAs(source: ServedSource, { path, leaf }: Stored, now: Date): Kept {
  return { source, path, inDate: isInDate(leaf, now), ...describe(leaf) };
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
