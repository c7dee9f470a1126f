import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { textOf } from './relay-world.ts';
import { ReloadWorld } from './reload-world.ts';
import { authorization } from './support.ts';
import { handshake, type OtherAuthority, otherAuthority, shownTo } from './trusted-certificate.ts';

const world = new ReloadWorld();
const name = 'copilot.example';
const challenge = { servername: name, ALPNProtocols: ['acme-tls/1'] };
let ca: OtherAuthority;
let file: string;
let ours: string;
let proof: string;

beforeEach(async () => {
  ca = await otherAuthority();
  const challenges = world.at('challenges');
  await mkdir(join(challenges, 'tls-alpn-01'), { recursive: true });
  file = join(challenges, 'tls-alpn-01', `${name}.pem`);
  await ca.write(file, [name]);
  proof = await fingerprintIn(file);
  ours = await fingerprintIn(world.tls.own);
  await world.configure({ challenges });
  await world.gateway.reload();
});

async function fingerprintIn(path: string): Promise<string> {
  return new X509Certificate(await readFile(path)).fingerprint256;
}

const shown = (options: object) => shownTo(world.gateway.port, undefined, options);

/** A certificate with an RSA key, as admins provide them. */
async function writeRsa(path: string): Promise<string> {
  const [key, certificate] = [world.at('rsa.key'), world.at('rsa.crt')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...subject];
  execFileSync('openssl', ['req', ...options, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  await writeFile(path, (await readFile(key, 'utf8')) + (await readFile(certificate, 'utf8')));
  return path;
}

describe('a CA that asks for the challenge of a name', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s is shown its certificate', async (version) => {
    const options = { ...challenge, minVersion: version, maxVersion: version };
    const socket = await handshake(world.gateway.port, options);
    expect(socket.alpnProtocol).toBe('acme-tls/1');
    expect(socket.getPeerCertificate().fingerprint256).toBe(proof);
    socket.destroy();
  });

  it('is shown it too where a certificate that others trust is served for the name, of any kind of key', async () => {
    const trusted = await writeRsa(world.at('trusted.pem'));
    await world.configure({ tls: { ...world.tls, trusted }, challenges: world.at('challenges') });
    await world.gateway.reload();
    expect(await shown({ servername: name })).toBe(await fingerprintIn(world.at('rsa.crt')));
    expect(await shown(challenge)).toBe(proof);
  });

  it('gets no HTTP: the connection is closed', async () => {
    const socket = await handshake(world.gateway.port, challenge);
    socket.write(`GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
    expect(await textOf(socket).catch(({ code }) => code)).toMatch(/^$|ECONNRESET/);
  });

  it.each([
    ['another name', { ...challenge, servername: 'other.example' }],
    ['no name', { ALPNProtocols: ['acme-tls/1'] }],
    ['a name that is none', { ...challenge, servername: '../tls-alpn-01/copilot.example' }],
    ['other protocols as well', { ...challenge, ALPNProtocols: ['acme-tls/1', 'h2'] }],
  ])('with %s is refused', async (_what, options) => {
    await expect(handshake(world.gateway.port, options)).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    });
  });

  it('whose challenge is over, cut off or not to be served is refused', async () => {
    const weak = ['-x509', '-newkey', 'rsa:512', '-nodes', '-subj', '/CN=x'];
    const [key, certificate] = [world.at('weak.key'), world.at('weak.crt')];
    execFileSync('openssl', ['req', ...weak, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
    const unusable = (await readFile(key, 'utf8')) + (await readFile(certificate, 'utf8'));
    for (const text of [(await readFile(file, 'utf8')).slice(0, 500), unusable, undefined]) {
      if (text === undefined) await rm(file);
      else await writeFile(file, text);
      await expect(shown(challenge)).rejects.toThrow(/no application protocol/i);
    }
    expect((await world.ask('/v1/models')).status).toBe(200);
  });
});

describe('everybody else', () => {
  it.each([
    ['without ALPN', {}],
    ['with http/1.1', { ALPNProtocols: ['http/1.1'] }],
    ['with http/1.1 and the challenge’s protocol', { ALPNProtocols: ['acme-tls/1', 'http/1.1'] }],
  ])('%s is shown the usual certificate for the same name', async (_what, options) => {
    expect(await shown({ servername: name, ...options })).toBe(ours);
  });

  it('is served as ever while a CA asks: twenty streams go on, and no client that connects sees the challenge', async () => {
    const streams = 20;
    const models = [{ id: 'chat-model', roles: ['chat' as const], contextSize: 4096, slots: streams }];
    await world.configure({ challenges: world.at('challenges'), models });
    await world.gateway.reload();
    const held = await world.holdStreams(streams);

    const agent = new Agent({ rejectUnauthorized: false, servername: name });
    const rounds = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const [toCa, toClient, answer] = await Promise.all([
          shown(challenge),
          shown({ servername: name, ALPNProtocols: ['h2', 'http/1.1'] }),
          world.ask('/v1/models', { agent }),
        ]);
        return { toCa, toClient, status: answer.status };
      }),
    );
    expect(rounds).toEqual(rounds.map(() => ({ toCa: proof, toClient: ours, status: 200 })));

    for (const text of await held.finish('after')) {
      expect(text).toMatch(/before .*after.*data: \[DONE\]\n\n$/s);
    }
  });
});
