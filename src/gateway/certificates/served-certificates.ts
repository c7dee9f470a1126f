import { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Identity } from '../../certificates/identity.ts';
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
}

/** When a certificate ends, in milliseconds since 1970. */
export interface CertificateExpiry {
  readonly certificate: 'own' | 'trusted';
  readonly at: number;
}

interface Served {
  readonly identity: Identity;
  readonly leaf: X509Certificate;
  readonly context: SecureContext;
}

/** Milliseconds; clocks are set and timers wait 24 days at most, so the time is looked at again and again. */
const look = 60_000;

/** Which certificate is served to whom. */
export class ServedCertificates {
  /** Called when what connections without a server name get is another, and all session tickets must end. */
  onChange: () => void = () => {};
  /** Called when a certificate ends while it is served. */
  onProblem: (problem: OnePilotError) => void = () => {};
  #loaded: LoadedCertificates;
  #own: Served;
  #trusted: Served | undefined;
  #problem: OnePilotError | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #withTrusted = new WeakSet<Socket>();

  constructor(loaded: LoadedCertificates) {
    this.#loaded = loaded;
    this.#own = served(loaded.own);
    this.#takeTrusted();
  }

  /** Why the certificate that others trust is not served though one is named. */
  get problem(): OnePilotError | undefined {
    return this.#problem;
  }

  get expiries(): readonly CertificateExpiry[] {
    const own = { certificate: 'own', at: this.#own.leaf.validToDate.getTime() } as const;
    if (!this.#trusted) return [own];
    return [own, { certificate: 'trusted', at: this.#trusted.leaf.validToDate.getTime() }];
  }

  /** For clients that give no server name: those that were given an address (RFC 6066, section 3). */
  get unnamed(): Identity {
    return this.#choose(undefined).identity;
  }

  contextFor(servername: string): SecureContext {
    return this.#choose(servername).context;
  }

  /** Serves `loaded` from now on. What has not changed keeps its session tickets. */
  take(loaded: LoadedCertificates): void {
    const { own, trusted } = this.#loaded;
    this.#loaded = loaded;
    if (isSame(own, loaded.own) && isSame(trusted, loaded.trusted)) {
      this.#takeTrusted();
      return;
    }
    this.#own = served(loaded.own);
    this.#takeTrusted();
    this.onChange();
  }

  /** To be called when the handshake of `socket` is over. */
  note(socket: TLSSocket): void {
    const { servername } = socket;
    const chosen = this.#choose(typeof servername === 'string' && servername !== '' ? servername : undefined);
    if (chosen === this.#trusted) this.#withTrusted.add(socket);
  }

  /** Whether `socket` was shown the certificate that others trust. */
  isTrusted(socket: Socket): boolean {
    return this.#withTrusted.has(socket);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #choose(servername: string | undefined): Served {
    const trusted = this.#trusted;
    return trusted && isFor(trusted.leaf, servername) ? trusted : this.#own;
  }

  #takeTrusted(): void {
    clearTimeout(this.#timer);
    const { trusted, trustedProblem, trustedPath: path = '' } = this.#loaded;
    const kept = isSame(trusted, this.#trusted?.identity) ? this.#trusted : undefined;
    const next = kept ?? (trusted && served(trusted));
    const end = next?.leaf.validToDate;
    const left = (end?.getTime() ?? 0) - Date.now();
    this.#trusted = left > 0 ? next : undefined;
    this.#problem = trustedProblem;
    if (!end) return;
    if (left > 0) {
      this.#timer = setTimeout(() => this.#lookAgain(), Math.min(left, look)).unref();
      return;
    }
    const reason = `it ended on ${end.toISOString()}`;
    this.#problem = failure('gateway_trusted_certificate_unusable', { path, reason });
  }

  #lookAgain(): void {
    this.#takeTrusted();
    if (this.#trusted) return;
    if (this.#problem) this.onProblem(this.#problem);
    this.onChange();
  }
}

function served(identity: Identity): Served {
  const { certificate: cert, key } = identity;
  const context = createSecureContext({ ...tlsSettings, cert, key });
  return { identity, leaf: new X509Certificate(cert), context };
}

function isFor(leaf: X509Certificate, servername: string | undefined): boolean {
  if (servername === undefined) return /(?:^|, )IP Address:/.test(leaf.subjectAltName ?? '');
  // Not allowed as a server name (RFC 6066, section 3), and sent all the same.
  if (isIP(servername)) return leaf.checkIP(servername) !== undefined;
  return leaf.checkHost(servername, { subject: 'never', partialWildcards: false }) !== undefined;
}

function isSame(one: Identity | undefined, other: Identity | undefined): boolean {
  return one?.certificate === other?.certificate && one?.key === other?.key;
}
