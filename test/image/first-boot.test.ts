import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { prove, trustAuthority } from '../../src/vm/proof.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';

/** Chosen by the «admin»; searched for everywhere afterwards. */
const password = 'canary-5f0c9d71e2';

/** Matches the password, but not itself: the shell that searches has it in its command line. */
const pattern = 'canary-5f0c9d71e[2]';

/** The command lines of all processes, one on each line. */
const commandLines = "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; echo; done 2>/dev/null";

let vm: TestAppliance;

beforeAll(async () => {
  vm = await startAppliance({
    SET_HOSTNAME: 'copilot-test',
    ONEAPP_COPILOT_API_PASSWORD: password,
    ONEAPP_COPILOT_CONTEXT_SIZE: '8192',
    ONEAPP_COPILOT_CPU_THREADS: '1',
  });
  await vm.ready();
});
afterAll(() => vm?.destroy());

describe('a first boot', () => {
  it('answers the official client', async () => {
    const endpoint = await vm.endpoint();
    const proof = await prove(endpoint);
    expect(proof.models).toEqual(['onepilot-smoke']);
    expect(proof.chat.text).toBe(smokeAnswers.chat);
  });

  it('completes, with and without a suffix, and fills in the middle', async () => {
    const endpoint = await vm.endpoint();
    await trustAuthority(endpoint.authority);
    const client = new OpenAI({ baseURL: endpoint.baseUrl, apiKey: password, maxRetries: 0 });
    const request = { model: 'onepilot-smoke', prompt: 'const x = ', max_tokens: 64 };
    const plain = await client.completions.create(request);
    expect(plain.choices[0]?.text).toBe(smokeAnswers.text);
    const filled = await client.completions.create({ ...request, suffix: '\n' });
    expect(filled.choices[0]?.text).toBe(smokeAnswers.fim);
    const infill = await fetch(`${vm.origin}/infill`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${password}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ input_prefix: 'a', input_suffix: 'b', n_predict: 64 }),
    });
    expect(await infill.json()).toMatchObject({ content: smokeAnswers.fim });
  });

  it('tells strangers whether it is well and whom to trust, and nothing else', async () => {
    await trustAuthority((await vm.endpoint()).authority);
    expect((await fetch(`${vm.origin}/health`)).status).toBe(200);
    expect(await (await fetch(`${vm.origin}/ca.crt`)).text()).toContain('BEGIN CERTIFICATE');
    for (const path of [
      '/v1/models',
      '/models',
      '/slots',
      '/props',
      '/metrics',
      '/',
      '/v1/chat/completions',
    ]) {
      expect((await fetch(`${vm.origin}${path}`)).status, path).toBeGreaterThanOrEqual(401);
    }
  });

  it('applies the context', async () => {
    expect(await vm.ssh('hostname')).toBe('copilot-test');
    expect(await vm.ssh('ip -4 -o addr show eth0')).toContain('10.0.2.15/24');
    expect(await vm.ssh('ip route')).toContain('default via 10.0.2.2');
    expect(await vm.ssh('resolvectl dns eth0')).toContain('10.0.2.3');
    const preset = await vm.ssh('cat /etc/onepilot/engine.ini');
    expect(preset).toMatch(/ctx-size\s*=\s*8192/);
    expect(preset).toMatch(/threads\s*=\s*1\b/);
  });

  it('carries the names and addresses of the VM in its certificate', async () => {
    const text = await vm.ssh('cat /etc/onepilot/tls/own.pem');
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    const { X509Certificate } = await import('node:crypto');
    const leaf = new X509Certificate(text);
    for (const name of [
      'DNS:copilot-test',
      'DNS:localhost',
      'IP Address:10.0.2.15',
      'IP Address:127.0.0.1',
    ]) {
      expect(leaf.subjectAltName).toContain(name);
    }
    expect(
      leaf.checkIssued(new X509Certificate(await vm.ssh('cat /var/lib/onepilot/authority/ca.crt'))),
    ).toBe(true);
  });

  it('reports as one-apps do', async () => {
    expect(await vm.ssh('cat /etc/one-appliance/status')).toBe('bootstrap_success');
    expect(await vm.ssh('cat /etc/motd')).toContain('All set and ready to serve 8)');
    expect(await vm.ssh('stat -c %a:%U /etc/one-appliance/config')).toBe('600:root');
    const report = await vm.ssh('cat /etc/one-appliance/config');
    expect(report).toContain('https://10.0.2.15');
    expect(report).not.toContain(password);
    expect(await vm.machine.console()).toMatch(/OnePilot: ready at https:\/\/10\.0\.2\.15/);
  });

  it('leaves nothing failed', async () => {
    expect(await vm.ssh('systemctl is-system-running --wait || systemctl --failed --no-legend')).toBe(
      'running',
    );
  });

  it('shuts engine and gateway in, each as its own user', async () => {
    const users = await vm.ssh('ps -eo user:32,comm | sort -u');
    expect(users).toMatch(/onepilot-engine\s+llama-server/);
    expect(users).toMatch(/onepilot-gateway\s+(node|MainThread)/);
    expect(users).not.toMatch(/root\s+llama-server/);
    for (const unit of ['onepilot-engine.service', 'onepilot-gateway.service', 'onepilot-acme.service']) {
      const overall = await vm.ssh(`systemd-analyze security --no-pager ${unit} | tail -n 1`);
      const exposure = Number(/: ([\d.]+)/.exec(overall)?.[1]);
      expect(exposure, overall).toBeLessThanOrEqual(2.5);
    }
  });

  it('listens on HTTPS, HTTP and SSH alone, and the engine only to the gateway', async () => {
    const listening = await vm.ssh(
      "ss -Hltn | awk '{print $4}' | grep -v -e '^127' -e '^\\[::1\\]' | sort -u",
    );
    const ports = new Set(listening.split('\n').map((line) => line.replace(/.*:/, '')));
    expect([...ports].sort()).toEqual(['22', '443', '80']);
    expect(await vm.ssh("ss -Hltn | awk '{print $4}' | grep -c '^127.0.0.1:' || true")).toBe('0');
    expect(await vm.ssh('stat -c %a:%U:%G /run/onepilot-engine')).toBe('750:onepilot-engine:onepilot-engine');
    const stranger = 'setpriv --reuid nobody --regid nogroup --clear-groups';
    expect(await vm.ssh(`${stranger} ls /run/onepilot-engine 2>&1 || true`)).toContain('Permission denied');
  });

  it('gives the password away nowhere', async () => {
    // What the search finds is proven by something that is there.
    expect(await vm.ssh(`{ ${commandLines}; } | grep -c 'llama-serve[r]'`)).not.toBe('0');
    expect(await vm.ssh(`{ ${commandLines}; } | grep -c '${pattern}' || true`)).toBe('0');
    expect(await vm.ssh(`journalctl -b --no-pager | grep -c '${pattern}' || true`)).toBe('0');
    const readable = "find / -xdev -type f -perm -o=r -not -path '/proc/*' -not -path '/sys/*' -print0";
    expect(await vm.ssh(`${readable} | xargs -0 grep -ls '${pattern}' || true`)).toBe('');
    expect(
      await vm.ssh(`find /run -type f -perm -o=r -print0 | xargs -0 grep -ls '${pattern}' || true`),
    ).toBe('');
    expect(await vm.ssh(`grep -rls '${pattern}' /etc /var /root || true`)).toBe('');
    expect(await vm.machine.console()).not.toContain(password);
  });

  it('has an identity of its own and accepts keys only', async () => {
    expect(await vm.ssh('cat /etc/machine-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(await vm.ssh('ls /etc/ssh/ssh_host_ed25519_key')).toContain('ed25519');
    expect(await vm.ssh('sshd -T')).toMatch(/^passwordauthentication no$/m);
    expect(await vm.ssh('cat /proc/cmdline')).not.toContain('ttyS');
  });

  it('feeds the watchdog: neither service was restarted', async () => {
    // Longer than WatchdogSec=30 since the services started.
    const uptime = Number((await vm.ssh('cat /proc/uptime')).split(' ')[0]);
    await sleep(Math.max(0, 60 - uptime) * 1000);
    for (const unit of ['onepilot-gateway.service', 'onepilot-engine.service']) {
      expect(await vm.ssh(`systemctl show -p NRestarts --value ${unit}`), unit).toBe('0');
    }
  });

  it('recovers when the engine or the gateway is killed', async () => {
    const endpoint = await vm.endpoint();
    await vm.ssh('systemctl kill -s KILL onepilot-gateway.service');
    await vm.ssh('systemctl kill -s KILL onepilot-engine.service');
    await trustAuthority(endpoint.authority);
    await expect
      .poll(async () => (await fetch(`${vm.origin}/health`).catch(() => undefined))?.status, {
        timeout: 120_000,
        interval: 1000,
      })
      .toBe(200);
    expect((await prove(endpoint)).chat.text).toBe(smokeAnswers.chat);
  });
});
