import { type Arrival, isServedTo } from '../../../certificates/served-to.ts';
import { asProblem } from '../../../context/parse.ts';
import { failure, type OnePilotError } from '../../../errors/catalogue.ts';
import type { ContextProblem } from '../../../gateway/configuration.ts';
import type { CommandWorld } from '../command.ts';
import { describe, hasEnded } from './description.ts';
import { type Handshake, handshake } from './handshake.ts';
import type { Known, Stored } from './known.ts';

/** What the running gateway shows to one kind of client. */
export interface Shown {
  /** The name that it asks for; null for none. */
  readonly name: string | null;
  /** The address that it asks at, where that decides. */
  readonly address?: string;
  /** Absent, as the rest, where no handshake came about. */
  readonly fingerprint?: string;
  readonly issuer?: string;
  readonly version?: string;
  /** What is wrong: it does not answer, or what it shows is not what it was told to. */
  readonly problem?: ContextProblem;
}

/** Whom to be: a client that asks for `name`, or for none, at `address`, or on this machine. */
type Client = Pick<Partial<Arrival>, 'name' | 'address'>;

/**
 * Asks the gateway what it really serves: with the name of the certificate that others trust, and without any, on this
 * machine and at each address of it.
 */
export async function askGateway(known: Known, world: CommandWorld): Promise<readonly Shown[]> {
  const name = known.trusted && nameFor(known.trusted);
  const clients: Client[] = [
    ...(name === undefined ? [] : [{ name }]),
    {},
    ...known.addresses.map((address) => ({ address })),
  ];
  return Promise.all(clients.map((client) => ask(client, known, world)));
}

/** A name by which to ask for a certificate; undefined where it is for addresses alone. */
export function nameFor({ leaf }: Pick<Stored, 'leaf'>): string | undefined {
  const named = /(?:^|, )DNS:([^,]+)/.exec(leaf.subjectAltName ?? '')?.[1];
  // Any name in its place will do for a wildcard.
  return named?.replace(/^\*\./, 'www.');
}

/** An address of this machine at which those get a certificate who ask for no name; undefined where there is none. */
export function addressFor(
  { leaf }: Pick<Stored, 'leaf'>,
  { addresses }: Pick<Known, 'addresses'>,
): string | undefined {
  return addresses.find((address) => isServedTo(leaf, { name: undefined, address }, addresses));
}

async function ask({ name, address }: Client, known: Known, world: CommandWorld): Promise<Shown> {
  const client = { name: name ?? null, ...(address !== undefined && { address }) };
  const { host: here, port } = world.gatewayAddress;
  const host = address ?? here;
  let shown: Handshake;
  try {
    shown = await handshake({ host, port, name });
  } catch (error) {
    return { ...client, problem: asProblem(silent({ host, port }, 'TLS', error)) };
  }
  const { certificate, version } = shown;
  const expected = expectedFor({ name, address: host }, known, world.now());
  return {
    ...client,
    fingerprint: certificate.fingerprint256,
    issuer: describe(certificate).issuer,
    version,
    ...(expected &&
      expected.leaf.fingerprint256 !== certificate.fingerprint256 && {
        problem: asProblem(notServed(name, expected)),
      }),
  };
}

function expectedFor(arrival: Arrival, { own, trusted, addresses }: Known, now: Date): Stored | undefined {
  if (!trusted || hasEnded(trusted.leaf, now)) return own;
  return isServedTo(trusted.leaf, arrival, addresses) ? trusted : own;
}

export function silent(
  { host, port }: CommandWorld['gatewayAddress'],
  protocol: string,
  error: unknown,
): OnePilotError {
  const reason = error instanceof Error ? error.message : String(error);
  return failure('CERTIFICATE_GATEWAY_SILENT', { protocol, address: `${host}:${port}`, reason });
}

export function notServed(name: string | undefined, { path }: Stored) {
  return failure('CERTIFICATE_NOT_SERVED', { name: name ?? 'no name', path });
}
