import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { subjectOf } from '../certificates/acme/subject.ts';
import { type CertificateWish, type Choice, chooseServed, covers } from '../certificates/choose.ts';
import { describeCertificate } from '../certificates/description.ts';
import { type CertificateIntent, certificateIntent, intentAsBefore } from '../certificates/intent.ts';
import { loadProvided } from '../certificates/provided/load-provided.ts';
import type { Provided } from '../certificates/provided/read-provided.ts';
import { asProblem } from '../context/parse.ts';
import type { Settings } from '../context/variables.ts';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { acmeGroup, type Paths } from '../machine/paths.ts';
import { diskMount } from '../models/store/disks.ts';
import type { ServedCertificate } from '../report/report.ts';
import { type CertificatesAtHand, readCertificates } from './certificates-at-hand.ts';
import { readGroup } from './current.ts';
import type { Acme } from './wanted-acme.ts';

/** Which certificate others trust too, and what is asked of an ACME CA. */
export interface CertificateDecision {
  readonly trusted: Choice['trusted'];
  readonly acme: Acme;
  /** For people: the one that clients see who do not ask for a local name. */
  readonly served: ServedCertificate | undefined;
  /** What keeps the one that the context provides from being served. */
  readonly fault: ContextProblem | undefined;
  readonly warnings: readonly ContextProblem[];
  /** For the log. */
  readonly because: string;
}

/**
 * Decides on certificates from the settings and from what there is; nothing is changed.
 * @param settings Undefined where the context is wrong or cannot be read: then what was wanted is wanted still.
 * @throws AGENT_NO_GROUP
 */
export async function decideCertificates(
  paths: Paths,
  settings: Settings | undefined,
  addresses: readonly string[],
  now: Date,
): Promise<CertificateDecision> {
  const atHand = await readCertificates(paths);
  const intent = settings
    ? certificateIntent(settings, addresses, atHand.asked)
    : intentAsBefore(atHand.asked);
  const provided =
    settings && intent.wish.whose === 'provided' ? await provide(settings, paths, now) : undefined;
  const choice = chooseServed(intent.wish, { ...atHand, provided }, now);
  const faults = choice.faults.map((fault) => asProblem(fault));
  return {
    trusted: choice.trusted,
    acme: intent.acme && { wanted: intent.acme, gid: await readGroup(paths.groups, acmeGroup) },
    served: servedOf(choice, intent.wish),
    fault: faults[0],
    warnings: [
      ...faults,
      ...[...choice.warnings, ...intent.warnings].map((warning) => asProblem(warning)),
      ...openPort(intent, settings),
      ...acmeTrouble(intent, atHand),
    ],
    because: choice.because,
  };
}

function provide(settings: Settings, paths: Paths, now: Date): Promise<Provided | undefined> {
  const mount = (label: string) => diskMount(label, paths);
  return loadProvided(settings, mount, { now, domain: settings.tlsDomain, roots: knownRoots });
}

/** Roots that clients are likely to know: the public ones, and those that Debian was told to trust. */
function knownRoots(): readonly string[] {
  return [...getCACertificates('bundled'), ...getCACertificates('system')];
}

function servedOf(
  { source, trusted }: Choice,
  { identifiers }: CertificateWish,
): ServedCertificate | undefined {
  if (!trusted || source === 'own-ca') return undefined;
  const certificate = new X509Certificate(trusted.certificate);
  const description = describeCertificate(certificate);
  const wished = identifiers.filter((identifier) => covers(certificate, identifier));
  // It may be for many hosts; where the context names none, the first is the best guess. A wildcard names none.
  const guessed = [...description.names, ...description.addresses].filter((host) => !host.startsWith('*'));
  const hosts = wished.length > 0 ? wished.map(({ value }) => value) : guessed.slice(0, 1);
  return { source, hosts, ...description };
}

function openPort({ acme }: CertificateIntent, settings: Settings | undefined): ContextProblem[] {
  if (!acme || !settings || settings.allowedNetworks.length === 0) return [];
  return [asProblem(failure('ACME_PORT_80_OPEN', {}))];
}

/** Why the last attempt failed, in the words of the unit that made it, as long as that is what it was for. */
function acmeTrouble({ acme }: CertificateIntent, { record }: CertificatesAtHand): ContextProblem[] {
  if (!acme || !record?.lastFailure || record.subject !== subjectOf(acme)) return [];
  return [record.lastFailure.problem];
}
