import type { SecureVersion } from 'node:tls';
import { type Check, doubtful, failed, passed } from '../../../certificates/acme/checks/check.ts';
import { isFor } from '../../../certificates/served-to.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { CommandWorld } from '../command.ts';
import { readStatus } from '../status.ts';
import { describe, isInDate } from './description.ts';
import { type Handshake, handshake } from './handshake.ts';
import type { Known, Stored } from './known.ts';
import { momentText } from './moments.ts';
import { addressFor, nameFor, notServed, silent } from './served.ts';

const versions = { 'TLS 1.2': 'TLSv1.2', 'TLS 1.3': 'TLSv1.3' } as const satisfies Record<
  string,
  SecureVersion
>;

/** A certificate and everything to hold it against. */
interface Subject {
  readonly title: string;
  readonly stored: Stored;
  /** Whether it is the own CA's, which is known. */
  readonly isOwn: boolean;
  /** By what clients ask for it; undefined for nothing. */
  readonly name: string | undefined;
  /** The address at which they ask, where that decides. */
  readonly address?: string | undefined;
  readonly roots: readonly string[];
  /** Names and addresses that it must be for. */
  readonly wanted: readonly string[];
}

/** Each certificate that is served: on disk, on the wire with both versions of TLS, and for whom it is good. */
export async function servedChecks(known: Known, world: CommandWorld): Promise<readonly Check[]> {
  const { own, trusted, authority, wanted } = known;
  const checks: Check[] = [];
  if (trusted) {
    const { everywhere, here } = await world.roots();
    checks.push(
      ...(await checksOf(
        {
          title: trusted.source === 'acme' ? "the ACME CA's" : 'the one given',
          stored: trusted,
          isOwn: false,
          name: nameFor(trusted),
          address: nameFor(trusted) === undefined ? addressFor(trusted, known) : undefined,
          roots: [...everywhere, ...here],
          wanted: trusted.source === 'acme' ? (wanted?.identifiers ?? []).map(({ value }) => value) : [],
        },
        world,
      )),
    );
  }
  if (!own || authority === undefined) {
    const missing = own ? world.paths.authorityCertificate : world.paths.ownIdentity;
    return [...checks, failed("the own CA's", failure('CERTIFICATE_FILE_BROKEN', { path: missing }))];
  }
  const subject = { title: "the own CA's", stored: own, isOwn: true, name: 'localhost', roots: [authority] };
  const endpoint = await endpointHost(world);
  checks.push(...(await checksOf({ ...subject, wanted: ['localhost', '127.0.0.1', ...endpoint] }, world)));
  return checks;
}

/** Where the report sends clients; nothing before there is a report. */
async function endpointHost({ paths }: CommandWorld): Promise<string[]> {
  const { endpoint } = await readStatus(paths.appliance).catch(() => ({ endpoint: undefined }));
  return endpoint === undefined ? [] : [new URL(endpoint).hostname.replace(/^\[|\]$/g, '')];
}

async function checksOf(subject: Subject, world: CommandWorld): Promise<readonly Check[]> {
  const { title, stored, wanted } = subject;
  const { path, leaf } = stored;
  const now = world.now();
  const { notBefore: from, notAfter: until } = describe(leaf);
  const uncovered = wanted.find((name) => !isFor(leaf, name));
  const shown = await Promise.all(
    Object.entries(versions).map(([about, version]) => shakeHands(subject, about, version, world)),
  );
  const first = shown.find(({ handshake }) => handshake)?.handshake;
  return [
    isInDate(leaf, now)
      ? passed(`${title}: in date`, `until ${momentText(new Date(until), now)}`)
      : failed(
          `${title}: in date`,
          failure('CERTIFICATE_NOT_IN_DATE', { path, from, until, now: now.toISOString() }),
        ),
    uncovered === undefined
      ? passed(`${title}: for`, wanted.join(', ') || (leaf.subjectAltName ?? ''))
      : failed(`${title}: for ${uncovered}`, failure('CERTIFICATE_NAME_LEFT_OUT', { path, name: uncovered })),
    ...shown.map(({ check }) => check),
    ...(first ? [chainCheck(subject, first)] : []),
  ];
}

async function shakeHands(
  { title, name, address, stored, roots }: Subject,
  about: string,
  version: SecureVersion,
  world: CommandWorld,
): Promise<{ readonly check: Check; readonly handshake?: Handshake }> {
  const line = `${title}: ${about}`;
  const { host: here, port } = world.gatewayAddress;
  const host = address ?? here;
  try {
    const shown = await handshake({ host, port, name, version, roots });
    if (shown.certificate.fingerprint256 !== stored.leaf.fingerprint256) {
      return { check: failed(line, notServed(name, stored)) };
    }
    return { check: passed(line, shown.cipher), handshake: shown };
  } catch (error) {
    return { check: failed(line, silent({ host, port }, about, error)) };
  }
}

/** OpenSSL's words for what is wrong with a chain, and what they mean. */
const distrusts: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it comes alone, and what signed it is not known',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its chain ends with a CA that is not known',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends with a root that is not known',
  CERT_HAS_EXPIRED: 'a certificate of its chain has expired',
  CERT_NOT_YET_VALID: 'a certificate of its chain is not valid yet',
};

/** Those that say no more than that the CA is not known here. */
const unknownRoot = ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'SELF_SIGNED_CERT_IN_CHAIN'];

function chainCheck({ title, stored: { path, leaf }, isOwn }: Subject, { distrust }: Handshake): Check {
  const line = `${title}: chain`;
  if (distrust === undefined) return passed(line, `leads to a CA that is known, by ${describe(leaf).issuer}`);
  const error = failure('CERTIFICATE_NOT_TRACED', { path, reason: distrusts[distrust] ?? distrust });
  // A company's CA need not be known to this VM, only to its clients.
  return !isOwn && unknownRoot.includes(distrust) ? doubtful(line, error) : failed(line, error);
}
