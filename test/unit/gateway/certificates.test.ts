import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { beforeEach, describe, expect, it } from 'vitest';
import { reloadGateway } from '../../../src/gateway/control-client.ts';
import { chatBody } from './relay-world.ts';
import { ReloadWorld } from './reload-world.ts';
import { until } from './support.ts';
import {
  handshake,
  leafLifetime,
  type OtherAuthority,
  otherAuthority,
  shownTo,
} from './trusted-certificate.ts';

const world = new ReloadWorld();
let others: OtherAuthority;
let own: string;
let path: string;

beforeEach(async () => {
  others = await otherAuthority();
  own = await fingerprintIn(world.tls.own);
  path = world.at('trusted.pem');
});

async function fingerprintIn(file: string): Promise<string> {
  return new X509Certificate(await readFile(file)).fingerprint256;
}

/** Has the gateway serve it too. @returns Its fingerprint. */
async function trust(names: readonly string[], addresses: readonly string[] = [], now = new Date()) {
  await others.write(path, names, addresses, now);
  await name();
  return fingerprintIn(path);
}

async function name(changes = {}): Promise<void> {
  await world.configure({ tls: { ...world.tls, trusted: path }, ...changes });
  await reloadGateway(world.control);
}

const shown = (servername?: string) => shownTo(world.gateway.port, servername);

describe('a certificate that others trust', () => {
  it('is served for the names in it, in any case and by wildcard, and the own one for all others', async () => {
    const trusted = await trust(['copilot.example', '*.team.example']);
    for (const servername of ['copilot.example', 'COPILOT.example', 'a.team.example']) {
      expect([servername, await shown(servername)]).toEqual([servername, trusted]);
    }
    for (const servername of [
      'localhost',
      'team.example',
      'a.b.team.example',
      'x.copilot.example',
      undefined,
    ]) {
      expect([servername, await shown(servername)]).toEqual([servername, own]);
    }
  });

  it('for an address is served to those who give no name', async () => {
    const trusted = await trust(['copilot.example'], ['127.0.0.1']);
    expect(await shown()).toBe(trusted);
    expect(await shown('copilot.example')).toBe(trusted);
    expect(await shown('localhost')).toBe(own);
  });

  it('goes when the configuration names it no more', async () => {
    await trust(['copilot.example'], ['127.0.0.1']);
    await world.configure();
    await reloadGateway(world.control);
    expect(await shown('copilot.example')).toBe(own);
    expect(await shown()).toBe(own);
  });

  it('is told apart in the metrics', async () => {
    await trust(['copilot.example']);
    await world.configure({ tls: { ...world.tls, trusted: path }, metricsNetworks: ['127.0.0.0/8'] });
    await reloadGateway(world.control);
    const { text } = await world.ask('/metrics');
    expect(text).toMatch(/expiry_timestamp_seconds\{certificate="own"\} [12]\d{9}\n/);
    expect(text).toMatch(/expiry_timestamp_seconds\{certificate="trusted"\} [12]\d{9}\n/);
  });
});

describe('a certificate that is not good is not served, the own one is, and log and status say why', () => {
  const ready = { version: '1', state: 'ready', since: 'now', models: [], errors: [], warnings: [] };

  it.each<[string, RegExp, () => Promise<unknown>]>([
    ['is missing', /no such file/, async () => {}],
    [
      'is cut off',
      /the key that belongs to it/,
      async () => {
        await others.write(path, ['copilot.example']);
        await writeFile(path, (await readFile(path, 'utf8')).slice(0, 900));
      },
    ],
    [
      'has another’s key',
      /the key that belongs to it/,
      async () => {
        const [one, other] = [world.at('one.pem'), world.at('other.pem')];
        await others.write(one, ['copilot.example']);
        await others.write(other, ['copilot.example']);
        const at = '-----BEGIN CERTIFICATE';
        const [key] = (await readFile(one, 'utf8')).split(at);
        const text = await readFile(other, 'utf8');
        await writeFile(path, `${key}${text.slice(text.indexOf(at))}`);
      },
    ],
    [
      'has ended',
      /ended on \d{4}-/,
      () => others.write(path, ['copilot.example'], [], new Date(Date.now() - leafLifetime - 5000)),
    ],
  ])('one that %s', async (_what, reason, spoil) => {
    await spoil();
    await writeFile(world.at('status.json'), JSON.stringify(ready));
    await world.gateway.close();
    world.gateway = await world.start('warn');
    await name();

    expect(await shown('copilot.example')).toBe(own);
    expect(await shown()).toBe(own);
    expect(world.log.join('')).toMatch(reason);
    const status = JSON.parse((await world.ask('/status')).text);
    expect(status).toMatchObject({ state: 'degraded', reason: expect.stringMatching(reason) });
    expect(status.errors).toMatchObject([
      { code: 'gateway_trusted_certificate_unusable', what: expect.stringMatching(reason) },
    ]);
    await trust(['copilot.example']);
    expect(await shown('copilot.example')).not.toBe(own);
    expect(JSON.parse((await world.ask('/status')).text)).toMatchObject({ state: 'ready', errors: [] });
  });

  it('also when it ends while it is served', async () => {
    const almostOver = new Date(Date.now() - leafLifetime + 3000);
    const trusted = await trust(['copilot.example'], ['127.0.0.1'], almostOver);
    expect(await shown('copilot.example')).toBe(trusted);
    const session = await sessionOf('copilot.example');
    await until(async () => (await shown('copilot.example')) === own, 8);
    expect(await shown()).toBe(own);
    expect(await isResumed('copilot.example', session)).toBe(false);
    const status = JSON.parse((await world.ask('/status')).text);
    expect(status.errors[0].what).toMatch(/ended on/);
  });

  it('also when the gateway starts', async () => {
    await world.configure({ tls: { ...world.tls, trusted: world.at('nowhere.pem') } });
    await world.gateway.close();
    world.gateway = await world.start('warn');
    expect(await shown('copilot.example')).toBe(own);
    expect(world.log.join('')).toContain('nowhere.pem');
  });
});

/** A session ticket of TLS 1.3, which comes after the handshake. */
async function sessionOf(servername: string): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const socket = await handshake(world.gateway.port, { servername });
  socket.once('session', resolve);
  const session = await promise;
  socket.destroy();
  return session;
}

async function isResumed(servername: string, session: Buffer): Promise<boolean> {
  const socket = await handshake(world.gateway.port, { servername, session });
  const reused = socket.isSessionReused();
  socket.destroy();
  return reused;
}

describe('a session', () => {
  it.each(['copilot.example', 'localhost'])(
    'with %s is taken up again while its certificate is served',
    async (servername) => {
      await trust(['copilot.example']);
      const session = await sessionOf(servername);
      expect(await isResumed(servername, session)).toBe(true);
      await name({ maxTokens: 100 });
      expect(await isResumed(servername, session)).toBe(true);
    },
  );

  it('ends when another certificate is served', async () => {
    await trust(['copilot.example']);
    const session = await sessionOf('copilot.example');
    await trust(['copilot.example']);
    expect(await isResumed('copilot.example', session)).toBe(false);
  });
});

describe('browsers are told to stay with HTTPS', () => {
  const header = async (servername?: string, path = '/v1/models', asking = {}) => {
    const options = { ...(servername !== undefined && { servername }), rejectUnauthorized: false };
    const { headers } = await world.ask(path, { ...asking, agent: new Agent(options) });
    return headers['strict-transport-security'];
  };

  it('where they are shown the certificate that others trust, and only when that is wanted', async () => {
    await trust(['copilot.example']);
    expect(await header('copilot.example')).toBeUndefined();
    await name({ hsts: 86_400 });
    expect(await header('copilot.example')).toBe('max-age=86400');
    expect(await header('localhost')).toBeUndefined();
    expect(await header()).toBeUndefined();
  });

  it.each<[string, string, object]>([
    ['refusals', '/v1/models', { key: 'sk-wrong' }],
    ['what is not there', '/nowhere', {}],
    ['streams', '/v1/chat/completions', { body: { ...chatBody, stream: true } }],
  ])('with %s too', async (_what, path, asking) => {
    world.fake.handler = (_request, response) => response.end('data: {"choices":[]}\n\ndata: [DONE]\n\n');
    await trust(['copilot.example']);
    await name({ hsts: 86_400 });
    expect(await header('copilot.example', path, asking)).toBe('max-age=86400');
  });
});
