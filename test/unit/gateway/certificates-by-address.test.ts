import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { splitIdentity } from '../../../src/certificates/identity.ts';
import { ServedCertificates } from '../../../src/gateway/certificates/served-certificates.ts';
import { listening } from '../../../src/gateway/listening.ts';
import { readConfiguration } from '../../../src/gateway/load.ts';
import { createSecureServer } from '../../../src/gateway/secure-server.ts';
import { startGateway } from '../../../src/gateway/start.ts';
import { textOf } from './relay-world.ts';
import { ReloadWorld } from './reload-world.ts';
import { until } from './support.ts';
import { handshake, type OtherAuthority, otherAuthority, shownTo } from './trusted-certificate.ts';

/** All of 127.0.0.0/8 leads to this machine. */
const [certifiedAddress, otherAddress] = ['127.0.0.2', '127.0.0.3'];
const world = new ReloadWorld();
let others: OtherAuthority;
let own: string;
let trusted: string;

beforeEach(async () => {
  await world.gateway.close();
  world.gateway = await startGateway({
    configuration: () => readConfiguration(world.at('gateway.json')),
    listen: { host: '0.0.0.0', port: 0 },
    logger: { level: 'warn', stream: { write: (line: string) => world.log.push(line) } },
    drain: { goodbye: 0, deadline: 0 },
  });
  others = await otherAuthority();
  own = await fingerprintIn(world.tls.own);
  trusted = await certify(['copilot.example'], [certifiedAddress]);
});

async function fingerprintIn(file: string): Promise<string> {
  return new X509Certificate(await readFile(file)).fingerprint256;
}

/** Has the gateway serve such a certificate beside its own. @returns Its fingerprint. */
async function certify(names: readonly string[], certified: readonly string[]): Promise<string> {
  const path = await others.write(world.at('trusted.pem'), names, certified);
  const addresses = [certifiedAddress, otherAddress];
  await world.configure({ tls: { ...world.tls, trusted: path, addresses }, hsts: 86_400 });
  await world.gateway.reload();
  return fingerprintIn(path);
}

const shown = (host: string, servername?: string) =>
  shownTo(world.gateway.port, servername, { host, ...(servername === undefined && { servername: '' }) });

async function hstsAt(agent: Agent): Promise<unknown> {
  return (await world.ask('/health', { agent })).headers['strict-transport-security'];
}

describe('a certificate for an address', () => {
  it('is served there to those who name no server, and the own one at every other', async () => {
    expect(await shown(certifiedAddress)).toBe(trusted);
    expect(await shown(otherAddress)).toBe(own);
    expect(await shown('127.0.0.1')).toBe(own);
  });

  it('is served everywhere to those who name something in it, and the own one to those who name another', async () => {
    for (const host of [certifiedAddress, otherAddress]) {
      expect(await shown(host, 'copilot.example')).toBe(trusted);
      expect(await shown(host, 'localhost')).toBe(own);
    }
  });

  it('is what HSTS hangs on', async () => {
    const at = (host: string) =>
      new Agent({ host, rejectUnauthorized: false, servername: '', maxCachedSessions: 0 });
    expect(await hstsAt(at(certifiedAddress))).toBe('max-age=86400');
    expect(await hstsAt(at(otherAddress))).toBeUndefined();
  });

  it('takes no session that another one began, and its own again', async () => {
    const session = await sessionAt(certifiedAddress);
    const reusedAt = async (host: string) => {
      const socket = await handshake(world.gateway.port, { host, session });
      const reused = socket.isSessionReused();
      socket.destroy();
      return reused;
    };
    expect([await reusedAt(certifiedAddress), await reusedAt(otherAddress)]).toEqual([true, false]);
    const agent = new Agent({
      host: certifiedAddress,
      session,
      rejectUnauthorized: false,
      servername: '',
    });
    expect(await hstsAt(agent)).toBe('max-age=86400');
  });

  it('goes over to another address with a reload', async () => {
    trusted = await certify([], [otherAddress]);
    expect(await shown(otherAddress)).toBe(trusted);
    expect(await shown(certifiedAddress)).toBe(own);
  });
});

describe('whichever certificate is served at an address', () => {
  const timeouts = {
    handshakeTimeout: 200,
    headersTimeout: 5000,
    requestTimeout: 5000,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 5000,
    timeout: 5000,
  };
  let server: ReturnType<typeof createSecureServer>;
  let port: number;
  beforeEach(async () => {
    const [one, other] = [
      await readFile(world.tls.own, 'utf8'),
      await readFile(world.at('trusted.pem'), 'utf8'),
    ];
    const [own, trusted] = [splitIdentity(one), splitIdentity(other)];
    if (!own || !trusted) throw new Error('There is no certificate.');
    server = createSecureServer(new ServedCertificates({ own, trusted }), () => {}, { timeouts });
    port = await listening(server, { host: '0.0.0.0', port: 0 });
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));

  it.each([certifiedAddress, otherAddress])(
    'who does not shake hands, or speaks no TLS, is disconnected (%s)',
    async (host) => {
      const silent = connect({ host, port }).resume();
      const loud = connect({ host, port }, () => loud.write('GET / HTTP/1.1\r\n\r\n')).resume();
      loud.on('error', () => {});
      await Promise.all([once(silent, 'close'), once(loud, 'close')]);
      await until(async () => (await connections()) === 0);
    },
  );

  it('all count toward the most connections there may be', async () => {
    server.maxConnections = 2;
    const open = [
      await handshake(port, { host: certifiedAddress }),
      await handshake(port, { host: otherAddress }),
    ];
    for (const host of [certifiedAddress, otherAddress]) {
      await expect(handshake(port, { host })).rejects.toThrow();
    }
    for (const socket of open) socket.destroy();
    await until(async () => (await connections()) === 0);
    (await handshake(port, { host: certifiedAddress })).destroy();
  });
});

/** A session ticket of TLS 1.3, which comes after the handshake. */
async function sessionAt(host: string): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const socket = await handshake(world.gateway.port, { host });
  socket.once('session', resolve);
  const session = await promise;
  socket.destroy();
  return session;
}

describe('a stranger that names what is no server', () => {
  it.each(['fe80::1%eth0', '127.0.0.1%lo', '..', 'x'.repeat(255), '*'])(
    'as «%s» is shown the own certificate, without HSTS',
    async (servername) => {
      for (const certified of [certifiedAddress, 'fe80::1']) {
        await certify(['copilot.example'], [certified]);
        expect(await shown(certifiedAddress, servername)).toBe(own);
        const agent = new Agent({ host: certifiedAddress, servername, rejectUnauthorized: false });
        expect(await hstsAt(agent)).toBeUndefined();
      }
    },
  );

  it('that began its handshake before a better certificate arrives has what was chosen then', async () => {
    const shakeHands = await halfOpen();
    await certify(['late.example'], [certifiedAddress]);
    const socket = await shakeHands('late.example');
    expect(socket.getPeerCertificate().fingerprint256).toBe(own);
    socket.write('GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await textOf(socket)).not.toMatch(/strict-transport-security/i);
  });
});

/** A connection on which TLS begins only with what is returned. */
async function halfOpen(): Promise<(servername: string) => Promise<TLSSocket>> {
  const socket = connect({ host: certifiedAddress, port: world.gateway.port });
  await once(socket, 'connect');
  // The gateway has taken it once it has answered somebody who came later.
  await world.ask('/health');
  return (servername) => handshake(world.gateway.port, { socket, servername });
}
