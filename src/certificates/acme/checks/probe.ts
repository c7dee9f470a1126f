import { randomBytes, X509Certificate } from 'node:crypto';
import { access, open, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { HeldDirectory } from '../../../machine/held-directory.ts';
import { isIPv6 } from '../../../network/address.ts';
import { joinIdentity } from '../../identity.ts';
import type { ChallengeKind } from '../order.ts';

/** Where CAs look; other ports in tests. */
export interface Ports {
  readonly 'http-01': number;
  readonly 'tls-alpn-01': number;
}

/**
 * Who answers where a CA would look: this VM; somebody else; nobody, as the connection was refused; or it cannot be
 * told, since nothing came back, or what came says nothing about who sent it.
 */
export type Answerer = 'us' | 'another' | 'nobody' | 'unknown';

/** Milliseconds that an answer may take: the gateway may be starting. */
const answerWithin = 10_000;

/** As `challengeFile` makes them: group and mode of the directory do the rest. */
const mode = 0o640;

/** Something that only this VM shows, while it is asked for. */
export class Probe {
  readonly #ports: Ports;
  readonly #token = randomBytes(24).toString('base64url');
  /** Of the form of RFC 8555, section 8.1: others are not shown. */
  readonly #content = `${this.#token}.${randomBytes(32).toString('base64url')}`;
  readonly #serverName = `probe-${randomBytes(12).toString('hex')}.invalid`;
  readonly #files: Readonly<Record<ChallengeKind, string>>;
  #certificate: X509Certificate | undefined;

  private constructor(directories: Readonly<Record<ChallengeKind, HeldDirectory>>, ports: Ports) {
    this.#ports = ports;
    this.#files = {
      'http-01': directories['http-01'].pathOf(this.#token),
      'tls-alpn-01': directories['tls-alpn-01'].pathOf(`${this.#serverName}.pem`),
    };
  }

  /**
   * Shows a probe through `challenges`, as challenges are shown, while `work` is done. The two directories there may be
   * another's than who runs this (`onepilot certificate test` is run by root).
   * @throws ENOTDIR where one of them is a link.
   */
  static async shown<Result>(
    challenges: string,
    ports: Ports,
    work: (probe: Probe) => Promise<Result>,
  ): Promise<Result> {
    const http = await HeldDirectory.open(join(challenges, 'http-01'));
    try {
      const tls = await HeldDirectory.open(join(challenges, 'tls-alpn-01'));
      try {
        const probe = new Probe({ 'http-01': http, 'tls-alpn-01': tls }, ports);
        return await probe.#whileShown(work);
      } finally {
        await tls.close();
      }
    } finally {
      await http.close();
    }
  }

  /** Asks at `address` as a CA would that certifies `host`. */
  async ask(kind: ChallengeKind, address: string, host: string, signal: AbortSignal): Promise<Answerer> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(answerWithin)]);
    const answer =
      kind === 'http-01' ? await this.#askHttp(address, host, within) : await this.#askTls(address, within);
    signal.throwIfAborted();
    // An order that goes on at the same time clears away what it has not put there.
    const isShown = await access(this.#files[kind]).then(
      () => true,
      () => false,
    );
    return answer === 'another' && !isShown ? 'unknown' : answer;
  }

  async #whileShown<Result>(work: (probe: Probe) => Promise<Result>): Promise<Result> {
    try {
      await this.#show();
      return await work(this);
    } finally {
      for (const path of Object.values(this.#files)) await rm(path, { force: true });
    }
  }

  async #show(): Promise<void> {
    const { makeAuthority } = await import('../../own-ca/issue.ts');
    const identity = await makeAuthority('this probe', new Date());
    this.#certificate = new X509Certificate(identity.certificate);
    await writeShown(this.#files['http-01'], this.#content);
    await writeShown(this.#files['tls-alpn-01'], joinIdentity(identity));
  }

  #askHttp(address: string, host: string, signal: AbortSignal): Promise<Answerer> {
    const { promise, resolve } = Promise.withResolvers<Answerer>();
    const path = `/.well-known/acme-challenge/${this.#token}`;
    const headers = { host: isIPv6(host) ? `[${host}]` : host };
    const options = { host: address, port: this.#ports['http-01'], path, headers, agent: false, signal };
    const asked = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        // Whatever comes after so much is not ours.
        if (Buffer.concat(chunks).length > 4 * this.#content.length) response.destroy();
      });
      response.on('error', () => {});
      response.on('close', () => {
        const isOurs = Buffer.concat(chunks).toString().trim() === this.#content;
        const status = response.statusCode ?? 0;
        // CAs follow redirections, and a proxy that fails has somebody behind it.
        const saysNothing = (status >= 300 && status < 400) || status >= 500;
        resolve(isOurs ? 'us' : saysNothing ? 'unknown' : 'another');
      });
    });
    asked.on('error', (error) => resolve(withoutAnswer(error)));
    asked.end();
    return promise;
  }

  #askTls(host: string, signal: AbortSignal): Promise<Answerer> {
    const { promise, resolve } = Promise.withResolvers<Answerer>();
    let isReached = false;
    const socket: TLSSocket = connect({
      host,
      port: this.#ports['tls-alpn-01'],
      servername: this.#serverName,
      ALPNProtocols: ['acme-tls/1'],
      // Nobody vouches for the certificate of a challenge; it is compared.
      rejectUnauthorized: false,
    });
    const give = (answerer: Answerer) => {
      signal.removeEventListener('abort', tooLate);
      socket.destroy();
      resolve(answerer);
    };
    const tooLate = () => give('unknown');
    signal.addEventListener('abort', tooLate);
    socket.on('connect', () => {
      isReached = true;
    });
    socket.on('secureConnect', () => {
      const seen = socket.getPeerX509Certificate()?.fingerprint256;
      give(seen === this.#certificate?.fingerprint256 ? 'us' : 'another');
    });
    // Whoever does not know the protocol ends the handshake.
    socket.on('error', (error) => give(isReached ? 'another' : withoutAnswer(error)));
    socket.on('close', () => give(isReached ? 'another' : 'unknown'));
    return promise;
  }
}

/** Mode and content through the file itself, never its path, which may lead to another by then. */
async function writeShown(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.chmod(mode);
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

function withoutAnswer(error: Error): Answerer {
  return 'code' in error && error.code === 'ECONNREFUSED' ? 'nobody' : 'unknown';
}
