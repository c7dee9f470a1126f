import { asProblem } from '../../../context/parse.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { ContextProblem } from '../../../gateway/configuration.ts';
import type { CommandWorld } from '../command.ts';
import { describe, hasEnded, isFor } from './description.ts';
import { type Handshake, handshake } from './handshake.ts';
import type { Known, Stored } from './known.ts';

/** What the running gateway shows to one kind of client. */
export interface Shown {
  /** The name that it asks for; null for none. */
  readonly name: string | null;
  /** Absent, as the rest, where no handshake came about. */
  readonly fingerprint?: string;
  readonly issuer?: string;
  readonly version?: string;
  /** What is wrong: it does not answer, or what it shows is not what it was told to. */
  readonly problem?: ContextProblem;
}

/** Asks the gateway what it really serves: with the name of the certificate that others trust, and without any. */
export async function askGateway(known: Known, world: CommandWorld): Promise<readonly Shown[]> {
  const name = known.trusted && nameFor(known.trusted);
  const asked = [...(name === undefined ? [] : [name]), undefined];
  return Promise.all(asked.map((each) => ask(each, known, world)));
}

/** A name by which to ask for a certificate; undefined where it is for addresses alone. */
export function nameFor({ leaf }: Pick<Stored, 'leaf'>): string | undefined {
  const named = /(?:^|, )DNS:([^,]+)/.exec(leaf.subjectAltName ?? '')?.[1];
  // Any name in its place will do for a wildcard.
  return named?.replace(/^\*\./, 'www.');
}

/** Which certificate a client gets that asks for `name`, or for none (src/gateway/certificates/served-certificates.ts). */
export function expectedFor(
  name: string | undefined,
  { own, trusted }: Known,
  now: Date,
): Stored | undefined {
  if (!trusted || hasEnded(trusted.leaf, now)) return own;
  if (name !== undefined) return isFor(trusted.leaf, name) ? trusted : own;
  return trusted.leaf.subjectAltName?.includes('IP Address:') ? trusted : own;
}

async function ask(name: string | undefined, known: Known, world: CommandWorld): Promise<Shown> {
  let shown: Handshake;
  try {
    shown = await handshake({ ...world.gatewayAddress, name });
  } catch (error) {
    return { name: name ?? null, problem: asProblem(silent(world, 'TLS', error)) };
  }
  const { certificate, version } = shown;
  const expected = expectedFor(name, known, world.now());
  return {
    name: name ?? null,
    fingerprint: certificate.fingerprint256,
    issuer: describe(certificate).issuer,
    version,
    ...(expected &&
      expected.leaf.fingerprint256 !== certificate.fingerprint256 && {
        problem: asProblem(notServed(name, expected)),
      }),
  };
}

export function silent({ gatewayAddress: { host, port } }: CommandWorld, protocol: string, error: unknown) {
  const reason = error instanceof Error ? error.message : String(error);
  return failure('CERTIFICATE_GATEWAY_SILENT', { protocol, address: `${host}:${port}`, reason });
}

export function notServed(name: string | undefined, { path }: Stored) {
  return failure('CERTIFICATE_NOT_SERVED', { name: name ?? 'no name', path });
}
