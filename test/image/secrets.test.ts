import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootTimeout, startAppliance, type TestAppliance } from './support/appliance.ts';

/**
 * Every secret a context can hold has «canary» in it, and so is found by one search. The search's own command
 * line must not match itself.
 */
const secrets = {
  ONEAPP_COPILOT_API_PASSWORD: 'canary-password',
  ONEAPP_COPILOT_API_KEYS: Buffer.from('- name: team\n  key: canary-team-key-1\n').toString('base64'),
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
    'in any file that is kept': await vm.ssh(`grep -rls ${pattern} /etc /var /root /run || true`),
    'on the console': (await vm.machine.console()).match(/canary/)?.[0] ?? '',
  };
}
const nowhere = {
  'in a command line': '',
  'in the journal': '',
  'in a file that all may read': '',
  'in any file that is kept': '',
  'on the console': '',
};

describe('secrets of the context', () => {
  it('are found by the search where they are', async () => {
    await vm.ssh("printf 'canary\\n' >/root/found; logger canary-in-journal");
    const hits = await found();
    expect(hits['in any file that is kept']).toContain('/root/found');
    expect(hits['in the journal']).toContain('canary-in-journal');
    await vm.ssh('rm /root/found; journalctl --rotate; journalctl --vacuum-time=1s');
  });

  it('are nowhere after the boot', async () => {
    await vm.ssh('systemctl restart onepilot-gateway; systemctl start onepilot-reconcile');
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
      ONEAPP_COPILOT_LB_BACKENDS: 'canary-without-a-host',
      ONEAPP_COPILOT_REGISTER_KEY: 'canary key',
    });
    const state = async () => String(JSON.parse(await vm.ssh('onepilot status --json || true')).state);
    await expect.poll(state, { timeout: bootTimeout * 1000, interval: 2000 }).toBe('degraded');
    const status = await vm.ssh('onepilot status || true');
    for (const name of ['API_PASSWORD', 'API_KEYS', 'LB_BACKENDS', 'REGISTER_KEY']) {
      expect(status).toContain(`ONEAPP_COPILOT_${name}`);
    }
    for (const command of ['status', 'check', 'plan', 'report', 'logs -n 500', 'keys list']) {
      expect(await vm.ssh(`onepilot ${command} 2>&1 || true`), command).not.toMatch(/canary|Y2FuYXJ5/);
    }
    expect(await found()).toEqual(nowhere);
  });
});
