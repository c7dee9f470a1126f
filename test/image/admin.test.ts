import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { singleQuoted } from '../../src/vm/context-disk.ts';
import { prove } from '../../src/vm/proof.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';

/** What EuroCopilot's wizard writes, the empty ones too (shared/reference/seeds.md, 1). */
const euroCopilot = [
  "ETH0_MAC='52:54:00:12:34:56'",
  "NETWORK='YES'",
  "ONEAPP_COPILOT_AI_MODEL='Devstral Small 2 (24B ~14GB built-in)'",
  "ONEAPP_COPILOT_API_PASSWORD=''",
  "ONEAPP_COPILOT_CONTEXT_SIZE='32768'",
  "ONEAPP_COPILOT_CPU_THREADS='0'",
  "ONEAPP_COPILOT_LB_BACKENDS=''",
  "ONEAPP_COPILOT_LB_ENABLED='NO'",
  "ONEAPP_COPILOT_REGISTER_KEY=''",
  "ONEAPP_COPILOT_REGISTER_MODEL_NAME=''",
  "ONEAPP_COPILOT_REGISTER_SITE_NAME=''",
  "ONEAPP_COPILOT_REGISTER_URL=''",
  "ONEAPP_COPILOT_TLS_DOMAIN=''",
  '',
].join('\n');

let vm: TestAppliance;
beforeAll(async () => {
  vm = await startAppliance({ SET_HOSTNAME: 'admin' });
  await vm.ready();
});
afterAll(() => vm?.destroy());

/** Exit status and output of a command on the VM. */
async function on(command: string): Promise<{ status: number; output: string }> {
  const text = await vm.ssh(`{ ${command}; } 2>&1; echo "exit $?"`);
  const [, output = '', status = ''] = /^([\s\S]*?)\n?exit (\d+)$/.exec(text) ?? [];
  return { status: Number(status), output };
}

describe('onepilot', () => {
  it('says how the appliance is', async () => {
    const { status, output } = await on('onepilot status');
    expect(status).toBe(0);
    expect(output).toContain('ready');
    expect(output).toContain('https://10.0.2.15/v1');
    expect(JSON.parse((await on('onepilot status --json')).output)).toMatchObject({ state: 'ready' });
  });

  it('checks the context there is, and finds it fine', async () => {
    expect(await on('onepilot check')).toMatchObject({ status: 0 });
  });

  it('understands a EuroCopilot context, and says that its model needs a larger VM than this', async () => {
    const { status, output } = await on(`printf %s ${singleQuoted(euroCopilot)} | onepilot check -`);
    expect(output).toMatch(/1 error/);
    expect(output).toMatch(/devstral-small-2[\s\S]*need a VM with at\s+least\s+[\d.]+\s+GiB/);
    expect(status).toBe(3);
  });

  it('checks a wrong context and lists every problem', async () => {
    const wrong = "ONEAPP_COPILOT_CONTEXT_SIZE='x'\nONEAPP_COPILOT_CPU_THREADS='-1'\n";
    const { status, output } = await on(`printf %s ${singleQuoted(wrong)} | onepilot check -`);
    expect(status).toBe(3);
    expect(output).toMatch(/CONTEXT_SIZE[\s\S]*CPU_THREADS/);
  });

  it('plans nothing on a machine that is right, and shows the difference on one that is not', async () => {
    expect((await on('onepilot plan')).output).toContain('Nothing to do');
    await vm.ssh("sed -i 's/^threads = .*/threads = 77/' /etc/onepilot/engine.ini");
    const { output } = await on('onepilot plan');
    expect(output).toContain('-threads = 77');
    expect(output).toContain('onepilot-engine.service');
  });

  it('reconciles it', async () => {
    expect(await on('onepilot reconcile')).toMatchObject({ status: 0 });
    expect(await vm.ssh('cat /etc/onepilot/engine.ini')).not.toContain('threads = 77');
    expect((await on('onepilot plan')).output).toContain('Nothing to do');
  });

  it('adds a key that works at once and revokes it', async () => {
    const gateway = await vm.ssh('systemctl show -p MainPID --value onepilot-gateway');
    const key = await vm.ssh('onepilot keys add alice 2>/dev/null', { secret: true });
    const endpoint = { ...(await vm.endpoint()), key };
    expect((await prove(endpoint)).chat.text).toBe(smokeAnswers.chat);
    expect((await on('onepilot keys list')).output).toMatch(/alice .*active/);
    expect(await vm.ssh('stat -c %a:%U:%G /etc/onepilot/keys.json')).toBe('640:root:onepilot-gateway');
    expect(await on('onepilot keys revoke alice')).toMatchObject({ status: 0 });
    await expect(prove(endpoint)).rejects.toThrow('401');
    expect(await vm.ssh('systemctl show -p MainPID --value onepilot-gateway')).toBe(gateway);
  });

  it('revokes the generated key for good', async () => {
    await vm.ssh('onepilot keys add boss >/root/boss 2>/dev/null');
    const old = await vm.endpoint();
    await vm.ssh('onepilot keys revoke generated');
    await expect(prove(old)).rejects.toThrow('401');
    await vm.ssh('onepilot reconcile');
    expect(await vm.ssh('ls /var/lib/onepilot/api-key 2>&1 || true')).toContain('No such file');
    expect(await on('onepilot key')).toMatchObject({ status: 1 });
    const boss = await vm.ssh('cat /root/boss; rm /root/boss', { secret: true });
    expect((await prove({ ...old, key: boss })).chat.text).toBe(smokeAnswers.chat);
  });

  it('shows the journals of its units', async () => {
    expect((await on('onepilot logs -n 20 agent')).output).toContain('OnePilot: ready at');
  });

  it('is for root where it must be', async () => {
    const stranger = 'setpriv --reuid nobody --regid nogroup --clear-groups onepilot';
    expect(await on(`${stranger} key`)).toMatchObject({ status: 4 });
    expect(await on(`${stranger} status`)).toMatchObject({ status: 0 });
  });
});

describe('/etc/one-appliance/service', () => {
  it.each(['install', 'help'])('knows %s', async (step) => {
    expect(await on(`/etc/one-appliance/service ${step}`)).toMatchObject({ status: 0 });
  });

  it('configures and bootstraps a machine that runs without disturbing it', async () => {
    const engine = await vm.ssh('systemctl show -p MainPID --value onepilot-engine');
    expect(await on('/etc/one-appliance/service configure')).toMatchObject({ status: 0 });
    expect(await on('/etc/one-appliance/service bootstrap')).toMatchObject({ status: 0 });
    expect(await vm.ssh('cat /etc/one-appliance/status')).toBe('bootstrap_success');
    expect(await vm.ssh('systemctl show -p MainPID --value onepilot-engine')).toBe(engine);
  });

  it('does as one-context’s hooks ask, with its context, and leaves the network to it', async () => {
    // Stands for one-context: its copy of the context, and its call of the hooks.
    const copy = [
      "ETH0_IP='10.0.2.99'",
      "ETH0_MAC='52:54:00:12:34:56'",
      "ONEAPP_COPILOT_CONTEXT_SIZE='4096'",
      "SET_HOSTNAME='other'",
      '',
    ].join('\n');
    await vm.ssh(
      `mkdir -m 700 /run/one-context && printf %s ${singleQuoted(copy)} >/run/one-context/context.sh.network`,
    );
    expect(await on('/etc/one-context.d/net-90-service-appliance')).toMatchObject({ status: 0 });
    expect(await on('/etc/one-context.d/net-99-report-ready')).toMatchObject({ status: 0 });
    expect(await vm.ssh('cat /etc/one-appliance/status')).toBe('bootstrap_success');
    expect(await vm.ssh('cat /etc/motd')).toContain('All set and ready to serve 8)');
    expect(await vm.ssh('cat /etc/onepilot/engine.ini')).toContain('ctx-size = 4096');
    expect(await vm.ssh('cat /etc/one-appliance/config')).toContain('source = one-context');
    expect(await vm.ssh('hostname')).toBe('admin');
    expect(await vm.ssh('cat /etc/systemd/network/50-onepilot-eth0.network')).toContain('10.0.2.15/24');
  });
});

describe('the machine', () => {
  it('lets nobody in with a password', async () => {
    expect(await vm.ssh("awk -F: '$2 !~ /^[!*]/' /etc/shadow")).toBe('');
    const sshd = await vm.ssh('sshd -T');
    for (const line of [
      'passwordauthentication no',
      'kbdinteractiveauthentication no',
      'permitemptypasswords no',
    ]) {
      expect(sshd).toContain(line);
    }
  });

  it('keeps the ports of its firewall and drops everything else', async () => {
    expect(await vm.ssh('nft list table inet onepilot')).toMatch(/policy drop/);
    expect(await vm.ssh('systemctl is-active nftables')).toBe('active');
  });

  it('keeps its time, bounds its journal, and updates itself only when asked to', async () => {
    expect(await vm.ssh('systemctl is-active systemd-timesyncd')).toBe('active');
    expect(await vm.ssh('systemd-analyze cat-config systemd/journald.conf')).toMatch(/^SystemMaxUse=/m);
    expect(await on('systemctl is-active apt-daily-upgrade.timer')).toMatchObject({ output: 'inactive' });
  });
});
