import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootTimeout, startAppliance, type TestAppliance } from './support/appliance.ts';

/**
 * Every secret a context can hold has «canary» in it, and so is found by one search. The search's own command
 * line must not match itself.
 */
const secrets = {
  ONEAPP_COPILOT_API_PASSWORD: 'canary-password',
  ONEAPP_COPILOT_API_KEYS: Buffer.from('- name: team\n  key: canary-team-key-1\n').toString('base64'),
  ONEAPP_COPILOT_UPSTREAMS: Buffer.from(
    '- {name: cloud, url: "https://canary.example/v1", key: canary-upstream, models: [{id: big}]}\n',
  ).toString('base64'),
  ONEAPP_COPILOT_TLS_DOMAIN: 'copilot.onepilot.test',
  // Nobody answers there, and that is told in many words.
  ONEAPP_COPILOT_ACME_DIRECTORY: 'https://10.0.2.2:9/directory',
  ONEAPP_COPILOT_ACME_EAB_KEY_ID: 'of-onepilot',
  ONEAPP_COPILOT_ACME_EAB_KEY: 'canary-eab-key-0',
  ONEAPP_COPILOT_LB_ENABLED: 'YES',
  ONEAPP_COPILOT_LB_BACKENDS: 'canary-backend@10.1.1.1:443',
  ONEAPP_COPILOT_REGISTER_URL: 'https://registry.example/',
  ONEAPP_COPILOT_REGISTER_KEY: 'canary-register',
  ONEGATE_ENDPOINT: 'http://10.0.2.2:9',
  ONEGATE_TOKEN: 'canary-token',
  VMID: '7',
  READY_SCRIPT: 'echo canary-script; exit 0',
  REPORT_READY: 'YES',
};
const pattern = "'canar[y]\\|Y2FuYXJ[5]'";

/** The command lines of all processes, one on each line. */
const commandLines = "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; echo; done 2>/dev/null";

/** What the issue allows for a change to be picked up. */
const pickedUp = { timeout: 60_000, interval: 1000 };

let vm: TestAppliance;
beforeAll(async () => {
  vm = await startAppliance(secrets);
  await vm.ready();
});
afterAll(() => vm?.destroy());

/** What of the context's secrets can be found where nobody should find them. */
async function found(): Promise<Record<string, string>> {
  const readable = `find / /run -xdev -type f -perm -o=r -not -path '/proc/*' -not -path '/sys/*' -print0`;
  return {
    'in a command line': await vm.ssh(`{ ${commandLines}; } | grep ${pattern} || true`),
    'in the journal': await vm.ssh(`journalctl --no-pager | grep ${pattern} || true`),
    'in a file that all may read': await vm.ssh(`${readable} | xargs -0 grep -ls ${pattern} || true`),
    // Egress and ACME unit must know theirs as they are; their files are for them and root.
    'in any file that is kept': await vm.ssh(
      `grep -rls --exclude=upstreams.json --exclude=acme.json ${pattern} /etc /var /root /run || true`,
    ),
    'on the console': (await vm.machine.console()).match(/canary/)?.[0] ?? '',
  };
}

/**
 * Looks at all command lines, many times a second, while `work` is done.
 * @returns what of the agent's own arguments was seen, which shows that it was looked at, and what of secrets
 */
async function sampleArguments(work: () => Promise<void>): Promise<{ agent: string; secrets: string }> {
  const directory = '/run/onepilot-test';
  const sample = `while [ -e ${directory}/go ]; do cat /proc/[0-9]*/cmdline; sleep 0.05; done`;
  await vm.ssh(`mkdir -m 700 ${directory} && touch ${directory}/go`);
  await vm.ssh(
    `systemd-run --quiet --unit=onepilot-test sh -c '${sample} >${directory}/seen 2>/dev/null; true'`,
  );
  await work();
  await vm.ssh(`rm ${directory}/go; while systemctl is-active --quiet onepilot-test; do sleep 0.2; done`);
  const search = (what: string) => vm.ssh(`tr '\\0' '\\n' <${directory}/seen | grep -a ${what} || true`);
  const seen = { agent: await search('-m 1 -x reconcile'), secrets: await search(pattern) };
  await vm.ssh(`rm -r ${directory}`);
  return seen;
}

const nowhere = {
  'in a command line': '',
  'in the journal': '',
  'in a file that all may read': '',
  'in any file that is kept': '',
  'on the console': '',
};

describe('secrets of the context', () => {
  it('are nowhere after the boot', async () => {
    await vm.ssh('systemctl restart onepilot-gateway; systemctl start onepilot-acme onepilot-reconcile');
    expect(await vm.ssh('cat /var/lib/onepilot-acme/record.json')).toContain('lastFailure');
    expect(await found()).toEqual(nowhere);
  });

  it('are in no command line while the agent works', async () => {
    const configuration = () => vm.ssh('sha256sum /etc/onepilot/gateway.json');
    const before = await configuration();
    const seen = await sampleArguments(async () => {
      await vm.ssh('systemctl start onepilot-reconcile');
      await vm.changeContext({ ...secrets, ONEAPP_COPILOT_API_PASSWORD: 'canary-other-password' });
      await expect.poll(configuration, pickedUp).not.toBe(before);
      await expect
        .poll(() => vm.ssh('systemctl is-active onepilot-reconcile || true'), pickedUp)
        .toBe('inactive');
    });
    expect(seen).toEqual({ agent: 'reconcile', secrets: '' });
    expect(await found()).toEqual(nowhere);
  });

  it('are in no archive for support, which holds what a bug report needs', async () => {
    await vm.ssh(
      'onepilot support /root/support.tar.gz && mkdir /root/support && tar -C /root/support -xzf /root/support.tar.gz',
    );
    expect(await vm.ssh('stat -c %a /root/support.tar.gz')).toBe('600');
    expect(await vm.ssh(`grep -rl ${pattern} /root/support || true`)).toBe('');
    const names = await vm.ssh('cd /root/support && find . -type f | sort');
    for (const part of ['status', 'engine.ini', 'journal', 'network', 'context'])
      expect(names).toContain(part);
    expect(await vm.ssh('grep -rl onepilot-smoke /root/support')).not.toBe('');
    await vm.ssh('rm -r /root/support /root/support.tar.gz');
  });

  it('are in no error when they are wrong', async () => {
    await vm.changeContext({
      ...secrets,
      ONEAPP_COPILOT_API_PASSWORD: 'canary with spaces',
      ONEAPP_COPILOT_API_KEYS: Buffer.from('- name: Team!\n  key: canary\n').toString('base64'),
      ONEAPP_COPILOT_UPSTREAMS: Buffer.from('- {name: Cloud, key: canary}\n').toString('base64'),
      ONEAPP_COPILOT_ACME_EAB_KEY: 'canary of a key!',
      ONEAPP_COPILOT_LB_BACKENDS: 'canary-without-a-host',
      ONEAPP_COPILOT_REGISTER_KEY: 'canary key',
    });
    const state = async () => String(JSON.parse(await vm.ssh('onepilot status --json || true')).state);
    await expect.poll(state, { timeout: bootTimeout * 1000, interval: 2000 }).toBe('degraded');
    const status = await vm.ssh('onepilot status || true');
    for (const name of [
      'API_PASSWORD',
      'API_KEYS',
      'UPSTREAMS',
      'ACME_EAB_KEY',
      'LB_BACKENDS',
      'REGISTER_KEY',
    ]) {
      expect(status).toContain(`ONEAPP_COPILOT_${name}`);
    }
    for (const command of ['status', 'check', 'plan', 'report', 'logs -n 500', 'keys list']) {
      expect(await vm.ssh(`onepilot ${command} 2>&1 || true`), command).not.toMatch(/canary|Y2FuYXJ5/);
    }
    expect(await found()).toEqual(nowhere);
  });

  // The last one: what is on the console stays there.
  it('would have been found', async () => {
    await vm.ssh("printf 'canary\\n' >/root/found && chmod 600 /root/found");
    await vm.ssh("printf 'canary\\n' >/srv/found && chmod 644 /srv/found");
    await vm.ssh("logger canary-in-journal; printf 'canary\\n' >/dev/ttyS0");
    // The shell stays, for a builtin comes after its child.
    await vm.ssh("systemd-run --quiet --no-block sh -c 'sleep 300; : canary-in-arguments'");
    const hits = await found();
    expect(hits['in a command line']).toContain('canary-in-arguments');
    expect(hits['in the journal']).toContain('canary-in-journal');
    expect(hits['in a file that all may read']).toContain('/srv/found');
    expect(hits['in any file that is kept']).toContain('/root/found');
    expect(hits['on the console']).toBe('canary');
  });
});
