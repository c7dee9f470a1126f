import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readJson, writeJson } from '../../models/store/durable.ts';
import { serverFile } from './server-file.ts';
import { type AcmeServer, Identifier } from './wanted.ts';

/** RFC 8555, section 8.3, and RFC 8737. */
export const ChallengeKind = z.enum(['http-01', 'tls-alpn-01']);
export type ChallengeKind = z.infer<typeof ChallengeKind>;

/** Kinds of challenge that an attempt may go through, each with an order of its own. */
export const kindsOfChallenge = ChallengeKind.options.length;

/** An order that is under way at a server, as it is kept so that a run that is cut off is continued by the next. */
export const PendingOrder = z.object({
  url: z.string(),
  identifiers: z.array(Identifier),
  profile: z.string().optional(),
  /** The kind of challenge that is tried. */
  kind: ChallengeKind,
  /** The private key of the certificate to be, in PEM. */
  key: z.string(),
});
export type PendingOrder = z.infer<typeof PendingOrder>;

/** The one order that may be under way at a server. */
export class PendingOrderFile {
  readonly #path: string;

  /** @param state Directory for it. */
  constructor(state: string, server: AcmeServer) {
    this.#path = join(state, serverFile('order', server));
  }

  read(): Promise<PendingOrder | undefined> {
    return readJson(this.#path, PendingOrder);
  }

  write(order: PendingOrder): Promise<void> {
    return writeJson(this.#path, order);
  }

  remove(): Promise<void> {
    return rm(this.#path, { force: true });
  }
}

/** Whether an order under way is for what is wanted. */
export function isFor(
  order: PendingOrder,
  wanted: { readonly identifiers: readonly Identifier[]; readonly profile: string | undefined },
): boolean {
  const text = (identifiers: readonly Identifier[]) =>
    identifiers
      .map(({ type, value }) => `${type}:${value}`)
      .sort()
      .join(' ');
  return text(order.identifiers) === text(wanted.identifiers) && order.profile === wanted.profile;
}
