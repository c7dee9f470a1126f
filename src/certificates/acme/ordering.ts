import type { Client, Order } from 'acme-client';
import { failure, OnePilotError } from '../../errors/catalogue.ts';
import { signIn } from './account.ts';
import { authorize, ChallengeFailed } from './authorize.ts';
import { type Directory, profileFor, readDirectory } from './directory.ts';
import { acmeClient } from './library.ts';
import type { Ordered, OrderOptions } from './order.ts';
import { type ChallengeKind, isFor, type PendingOrder, PendingOrderFile } from './pending-order.ts';
import { AcmeProblem } from './problem.ts';
import { receivedIdentity } from './received-chain.ts';
import { translate } from './translate.ts';
import type { Transport } from './transport.ts';
import { readUntil } from './waiting.ts';

/** Seconds for a CA to issue what it has approved. */
const issuedWithin = 300;

/** An order at the server, and what is kept of it. */
interface UnderWay {
  readonly order: Order;
  readonly kept: PendingOrder;
}

/** The steps of an order (RFC 8555, section 7.4), which can be taken up in the midst of them. */
export class Ordering {
  readonly #options: OrderOptions;
  readonly #transport: Transport;
  readonly #file: PendingOrderFile;
  readonly #serverName: string;

  constructor(options: OrderOptions, transport: Transport) {
    this.#options = options;
    this.#transport = transport;
    this.#file = new PendingOrderFile(options.state, options.server);
    this.#serverName = URL.parse(options.server.directory)?.host ?? options.server.directory;
  }

  /**
   * From the account to the checked certificate. A server that was replaced or restarted may have forgotten the
   * account and the order in the midst of it.
   * @throws ACME_*; NoAnswer and AcmeProblem of the transport
   */
  async run(): Promise<Ordered> {
    try {
      return await this.#byKinds();
    } catch (error) {
      if (!isForgotten(error)) throw error;
      this.#options.log(`${this.#serverName} no longer knows the order: another is made.`);
      await this.#file.remove();
      return this.#byKinds();
    }
  }

  /** A failed challenge ends an order (RFC 8555, section 7.1.6): each kind is tried in one of its own. */
  async #byKinds(): Promise<Ordered> {
    const { wanted, server, kinds, log } = this.#options;
    const directory = await readDirectory(server.directory, this.#transport);
    const client = await signIn({
      ...this.#options,
      directory,
      contact: wanted.contact,
      transport: this.#transport,
    });
    const profile = profileFor(directory, wanted.identifiers, wanted.profile);
    if (wanted.profile !== undefined && profile === undefined)
      log(`${this.#serverName} does not offer the profile ${wanted.profile}: it chooses itself.`);
    let underWay = await this.#resumed(client, profile);
    const from = underWay ? Math.max(0, kinds.indexOf(underWay.kept.kind)) : 0;
    const failures: OnePilotError[] = [];
    for (const kind of kinds.slice(from)) {
      underWay ??= await this.#placed(client, directory, profile, kind);
      try {
        return await this.#brought(client, underWay);
      } catch (error) {
        if (!(error instanceof ChallengeFailed)) throw error;
        await this.#file.remove();
        const translated = translate(error, { server, identifiers: wanted.identifiers });
        if (!(translated instanceof OnePilotError)) throw translated;
        failures.unshift(translated);
        if (!error.isOfThisKind) break;
        log(translated.message);
        underWay = undefined;
      }
    }
    throw together(failures);
  }

  /** The order of a run that was cut off, if it is for what is wanted and the server goes on with it. */
  async #resumed(client: Client, profile: string | undefined): Promise<UnderWay | undefined> {
    const { wanted, kinds, keyInStock, log } = this.#options;
    const kept = await this.#file.read();
    if (!kept) return undefined;
    const isOver = kept.key.trim() === keyInStock?.trim();
    const isWanted =
      !isOver && isFor(kept, { identifiers: wanted.identifiers, profile }) && kinds.includes(kept.kind);
    const order = isWanted ? await this.#found(client, kept.url) : undefined;
    if (order && order.status !== 'invalid') {
      log(`An order is continued (${order.status}).`);
      return { order, kept };
    }
    await this.#file.remove();
    return undefined;
  }

  /** The order at `url`; undefined when the server does not give it to this account. */
  async #found(client: Client, url: string): Promise<Order | undefined> {
    try {
      return await this.#read(client, url);
    } catch (error) {
      const isGone = error instanceof AcmeProblem && (error.status ?? 500) < 500 && error.status !== 429;
      if (isGone) return undefined;
      throw error;
    }
  }

  async #placed(
    client: Client,
    directory: Directory,
    profile: string | undefined,
    kind: ChallengeKind,
  ): Promise<UnderWay> {
    const { wanted, replaces, log } = this.#options;
    const { identifiers } = wanted;
    const request = { identifiers, ...(profile !== undefined && { profile }) };
    const place = (of: typeof request) => this.#transport.repeat(() => client.createOrder(of));
    const isReplacing = replaces !== undefined && directory.renewalInfo !== undefined;
    const order = await place(isReplacing ? { ...request, ...{ replaces } } : request).catch(
      (error: unknown) => {
        // The certificate may be of another account, unknown or replaced already (RFC 9773, section 5): a
        // certificate that replaces none is as good.
        const isOther = error instanceof AcmeProblem && error.status !== 429 && error.type !== 'rateLimited';
        if (!isReplacing || !isOther) throw error;
        return place(request);
      },
    );
    const { crypto } = await acmeClient();
    const key = (await crypto.createPrivateEcdsaKey('P-256')).toString();
    const kept = { url: order.url, identifiers, profile, kind, key };
    await this.#file.write(kept);
    log(
      `An order for ${identifiers.map(({ value }) => value).join(', ')} was placed at ${this.#serverName}.`,
    );
    return { order, kept };
  }

  /** Brings an order to its end. */
  async #brought(client: Client, { order, kept }: UnderWay): Promise<Ordered> {
    const { kinds, log } = this.#options;
    const used = await authorize(order, {
      ...this.#options,
      client,
      transport: this.#transport,
      serverName: this.#serverName,
      kinds: [kept.kind, ...kinds.filter((kind) => kind !== kept.kind)],
    });
    const approved = await this.#readUntil(client, kept.url, ({ status }) => status !== 'pending');
    if (approved.status === 'ready') {
      const { crypto } = await acmeClient();
      const altNames = kept.identifiers.map(({ value }) => value);
      const [, request] = await crypto.createCsr({ altNames }, kept.key);
      log('The certificate is requested.');
      await this.#transport.achieve(
        () => client.finalizeOrder(approved, request),
        async () => (await this.#read(client, kept.url)).status !== 'ready',
      );
    }
    const isOver = ({ status }: Order) => status === 'valid' || status === 'invalid';
    const issued = await this.#readUntil(client, kept.url, isOver);
    if (!isOver(issued)) throw failure('ACME_TOO_SLOW', { server: this.#serverName, seconds: issuedWithin });
    if (issued.status === 'invalid') {
      await this.#file.remove();
      throw new AcmeProblem(issued.error);
    }
    const received = await this.#transport.repeat(() => client.getCertificate(issued));
    const now = this.#transport.serverTime ?? new Date();
    const identity = receivedIdentity(received, kept.key, kept.identifiers, now);
    if (typeof identity === 'string') {
      await this.#file.remove();
      throw failure('ACME_CERTIFICATE_WRONG', { server: this.#serverName, reason: identity });
    }
    log('The certificate has come.');
    return { identity, challenge: used ?? kept.kind, stored: () => this.#file.remove() };
  }

  #readUntil(client: Client, url: string, isDone: (order: Order) => boolean): Promise<Order> {
    const read = () => this.#read(client, url);
    return readUntil(read, isDone, this.#transport, issuedWithin, this.#options.signal);
  }

  #read(client: Client, url: string): Promise<Order> {
    // acme-client reads nothing but the URL of an order.
    const order: Order = { url, status: 'pending', identifiers: [], authorizations: [], finalize: '' };
    return this.#transport.repeat(() => client.getOrder(order));
  }
}

/** RFC 8555, section 6.7, for the account; a status of HTTP for what is at a URL. */
function isForgotten(error: unknown): boolean {
  return error instanceof AcmeProblem && (error.type === 'accountDoesNotExist' || error.status === 404);
}

/**
 * One error of those by each kind of challenge. Where one found another machine and the other none, the other machine
 * says more: a port is often closed on purpose.
 */
function together(failures: readonly OnePilotError[]): Error {
  const main = failures.find(({ code }) => code !== 'ACME_CHALLENGE_UNREACHABLE') ?? failures[0];
  if (!main) return new Error('No kind of challenge is left to try.');
  const others = failures.filter((one) => one !== main).map((one) => `Besides: ${one.message}`);
  return new OnePilotError(main.code, [main.message, ...others].join(' '), main.fix, { cause: main.cause });
}
