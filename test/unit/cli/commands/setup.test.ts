import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinIdentity } from '../../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../../src/certificates/own-ca/issue.ts';
import { clients } from '../../../../src/clients/table.ts';
import { configurationWith } from '../../gateway/support.ts';
import { readyStatus, TemporaryAppliance } from './temporary-appliance.ts';

let appliance: TemporaryAppliance;
beforeEach(() => {
  appliance = new TemporaryAppliance();
});
afterEach(() => appliance.remove());

function serve(): void {
  appliance.put('/run/onepilot/status.json', readyStatus);
  const upstream = { id: 'far-embedder', upstreamId: 'e', role: 'embed' as const, contextSize: 512 };
  const upstreams = { socket: '/x', list: [{ name: 'far', fallback: false, models: [upstream] }] };
  appliance.put('/etc/onepilot/gateway.json', configurationWith({ upstreams }));
}

describe('onepilot setup', () => {
  it('lists the clients', async () => {
    const { code, stdout } = await appliance.onepilot('setup');
    expect(code).toBe(0);
    for (const { name } of clients) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'));
    const { stdout: json } = await appliance.onepilot('setup', '--json');
    expect(JSON.parse(json).clients).toHaveLength(clients.length);
  });

  it('shows everything that a client needs of this VM', async () => {
    serve();
    const { certificate } = await makeAuthority('pilot', new Date());
    appliance.put('/var/lib/onepilot/authority/ca.crt', certificate);
    const { code, stdout } = await appliance.onepilot('setup', 'continue', '--ca', '/home/ana/ca.crt');
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(new X509Certificate(certificate).fingerprint256);
    expect(stdout).toContain("curl --insecure --output '/home/ana/ca.crt' 'https://10.0.0.5/ca.crt'");
    expect(stdout).toContain('apiBase: https://10.0.0.5/v1');
    for (const model of ['chat-model', 'fim-model', 'far-embedder']) {
      expect(stdout).toContain(`model: ${model}`);
    }
  });

  describe('with a certificate for the endpoint', () => {
    const endpoint = 'https://copilot.example.org/v1';
    async function certified(names: readonly string[]): Promise<string> {
      serve();
      appliance.moment = new Date();
      appliance.put('/run/onepilot/status.json', { ...readyStatus, endpoint });
      const authority = await makeAuthority('somebody', new Date());
      const identity = await makeLeaf(authority, { names, addresses: [] }, new Date());
      appliance.put('/etc/onepilot/tls/trusted.pem', joinIdentity(identity));
      return authority.certificate;
    }
    const shown = async () => (await appliance.onepilot('setup', 'opencode')).stdout.replaceAll(/\s+/g, ' ');

    it('asks nobody to trust anything where programs trust the certificate already', async () => {
      appliance.roots = { everywhere: [await certified(['copilot.example.org'])], here: [] };
      const text = await shown();
      expect(text).toContain('programs trust the certificate of https://copilot.example.org already');
      expect(text).toContain('"baseURL": "https://copilot.example.org/v1"');
      expect(text).not.toMatch(/ca\.crt|EXTRA_CA/);
      const { stdout } = await appliance.onepilot('setup', 'opencode', '--json');
      expect(JSON.parse(stdout).certificate).toEqual({ issuer: 'public CA' });
    });

    it('says whom to trust where only this machine knows the CA', async () => {
      appliance.roots = { everywhere: [], here: [await certified(['copilot.example.org'])] };
      const text = await shown();
      expect(text).toMatch(/issued by OnePilot CA \w+ of somebody/);
      expect(text).toContain('NODE_EXTRA_CA_CERTS="/path/to/ca.crt"');
      expect(text).not.toContain('--insecure');
    });

    it('has the own CA trusted where the certificate is for another name', async () => {
      appliance.roots = { everywhere: [await certified(['other.example.org'])], here: [] };
      expect(await shown()).toContain("curl --insecure --output '/path/to/onepilot-ca.crt'");
    });

    it('has the own CA trusted where the certificate has expired', async () => {
      appliance.roots = { everywhere: [await certified(['copilot.example.org'])], here: [] };
      appliance.moment = new Date(Date.now() + 100 * 24 * 60 * 60 * 1000);
      expect(await shown()).toContain("curl --insecure --output '/path/to/onepilot-ca.crt'");
    });
  });

  it('tells programs the same', async () => {
    serve();
    const { stdout } = await appliance.onepilot('setup', 'codex', '--json');
    const { client, files, environment, features } = JSON.parse(stdout);
    expect(client).toBe('codex');
    expect(files).toMatchObject([{ path: '~/.codex/config.toml' }]);
    expect(environment).toEqual({ CODEX_CA_CERTIFICATE: '/path/to/onepilot-ca.crt' });
    expect(features.chat.by).toBe('run');
  });

  it.each([
    ['a client that nobody knows', ['setup', 'codexx'], 'COMMAND_NO_CLIENT'],
    ['a VM that serves nothing yet', ['setup', 'codex'], 'COMMAND_NO_ENDPOINT'],
  ])('says so of %s', async (_, args, code) => {
    appliance.put('/run/onepilot/status.json', { ...readyStatus, models: [] });
    const ended = await appliance.onepilot(...args, '--json');
    expect(ended.code).not.toBe(0);
    expect(JSON.parse(ended.stdout).error.code).toBe(code);
  });
});
