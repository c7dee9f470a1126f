import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Identity } from '../../certificates/identity.ts';
import { type Arrival, isServedTo } from '../../certificates/served-to.ts';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { tlsSettings } from './tls-settings.ts';

/** The certificates that a configuration names, read. */
export interface LoadedCertificates {
  readonly own: Identity;
  /** Absent when none is named, or when it is not good. */
  readonly trusted?: Identity;
  /** Why the one that is named cannot be served. */
  readonly trustedProblem?: OnePilotError;
  /** Where `trusted` was read, for messages. */
  readonly trustedPath?: string;
  /** Addresses of this machine; unknown unless given. */
  readonly addresses?: readonly string[];
}

/** When a certificate ends, in milliseconds since 1970. */
export interface CertificateExpiry {
  readonly certificate: 'own' | 'trusted';
  readonly at: number;
}

/** A certificate ready to be served. */
export interface Served {
  readonly identity: Identity;
  readonly leaf: X509Certificate;
  readonly context: SecureContext;
}

/** What is served from one change to the next. */
export interface CertificatesInForce {
  readonly own: Served;
  readonly trusted: Served | undefined;
}

/** Milliseconds; clocks are set and timers wait 24 days at most, so the time is looked at again and again. */
const look = 60_000;

/** Which certificates are served, and to whom. */
export class ServedCertificates {
  /** Called when others are in force, and all session tickets must end. */
  onChange: () => void = () => {};
  /** Called when a certificate ends while it is served. */
  onProblem: (problem: OnePilotError) => void = () => {};
  #loaded: LoadedCertificates;
  #inForce: CertificatesInForce;
  #problem: OnePilotError | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #withTrusted = new WeakSet<Socket>();

  constructor(loaded: LoadedCertificates) {
    this.#loaded = loaded;
    this.#inForce = { own: served(loaded.own), trusted: this.#goodTrusted(undefined) };
  }

  get inForce(): CertificatesInForce {
    return this.#inForce;
  }

  /** Why the certificate that others trust is not served though one is named. */
  get problem(): OnePilotError | undefined {
    return this.#problem;
  }

  get expiries(): readonly CertificateExpiry[] {
    const { own, trusted } = this.#inForce;
    const expiries = [{ certificate: 'own', at: own.leaf.validToDate.getTime() } as const];
    if (!trusted) return expiries;
    return [...expiries, { certificate: 'trusted', at: trusted.leaf.validToDate.getTime() }];
  }

  /** The one of `inForce` that a client gets. */
  choose({ own, trusted }: CertificatesInForce, arrival: Arrival): Served {
    return trusted && isServedTo(trusted.leaf, arrival, this.#loaded.addresses ?? []) ? trusted : own;
  }

  /** Serves `loaded` from now on. What has not changed keeps its session tickets. */
  take(loaded: LoadedCertificates): void {
    const isOwnSame = isSame(this.#loaded.own, loaded.own);
    const { own, trusted: before } = this.#inForce;
    this.#loaded = loaded;
    const trusted = this.#goodTrusted(before);
    if (isOwnSame && trusted === before) return;
    this.#change({ own: isOwnSame ? own : served(loaded.own), trusted });
  }

  /** To be called for each connection that was shown the certificate that others trust. */
  noteTrusted(socket: Socket): void {
    this.#withTrusted.add(socket);
  }

  /** Whether `socket` was shown the certificate that others trust. */
  isTrusted(socket: Socket): boolean {
    return this.#withTrusted.has(socket);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #change(inForce: CertificatesInForce): void {
    this.#inForce = inForce;
    this.onChange();
  }

  /**
   * The one that is loaded, unless it has ended; says so in `problem`, and looks again in time: the clock may be wrong.
   * @param before The one that may be it already.
   */
  #goodTrusted(before: Served | undefined): Served | undefined {
    clearTimeout(this.#timer);
    const { trusted, trustedProblem, trustedPath: path = '' } = this.#loaded;
    this.#problem = trustedProblem;
    if (!trusted) return undefined;
    const next = isSame(trusted, before?.identity) && before ? before : served(trusted);
    const end = next.leaf.validToDate;
    const left = end.getTime() - Date.now();
    this.#timer = setTimeout(() => this.#lookAgain(), left > 0 ? Math.min(left, look) : look).unref();
    if (left > 0) return next;
    const reason = `it ended on ${end.toISOString()}`;
    this.#problem = failure('gateway_trusted_certificate_unusable', { path, reason });
    return undefined;
  }

  #lookAgain(): void {
    const { own, trusted: before } = this.#inForce;
    const trusted = this.#goodTrusted(before);
    if (trusted === before) return;
    if (this.#problem) this.onProblem(this.#problem);
    this.#change({ own, trusted });
  }
}

function served(identity: Identity): Served {
  const { certificate: cert, key } = identity;
  const context = createSecureContext({ ...tlsSettings, cert, key });
  return { identity, leaf: new X509Certificate(cert), context };
}

function isSame(one: Identity | undefined, other: Identity | undefined): boolean {
  return one?.certificate === other?.certificate && one?.key === other?.key;
}
