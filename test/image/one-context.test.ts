import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { restart } from '../../src/vm/boot.ts';
import type { ContextValues } from '../../src/vm/context-disk.ts';
import { attachNic, growDisk } from '../../src/vm/hotplug.ts';
import { prove } from '../../src/vm/proof.ts';
import type { OneGateDouble } from '../support/onegate/server.ts';
import type { TestAppliance } from './support/appliance.ts';
import {
  applied,
  bootCertified,
  contextualized,
  expectReadyInTime,
  failedOfOurs,
  identity,
  mainPid,
  oneGateFor,
  reachable,
  state,
} from './support/one-context.ts';

const secondMac = '52:54:00:12:34:99';

describe('a VM as certification starts it', () => {
  let vm: TestAppliance;
  let oneGate: OneGateDouble;
  let context: ContextValues;
  let first: string;

  const change = async (values: ContextValues) => {
    context = { ...context, ...values };
    await vm.changeContext(context);
  };

  beforeAll(async () => {
    const gate = await oneGateFor('7');
    oneGate = gate.oneGate;
    context = {
      ...gate.context,
      REPORT_READY: 'YES',
      SET_HOSTNAME: 'certified',
      START_SCRIPT:
        "echo ok >/tmp/start_script1;\necho 'ok' >/tmp/start_script2;\necho ok >>/tmp/start_script3\n",
      USERNAME_PASSWORD_RESET: 'YES',
      ONEAPP_COPILOT_API_PASSWORD: 'first-password',
    };
    vm = await bootCertified(context);
    await contextualized(vm);
  });
  afterAll(async () => {
    await vm?.destroy();
    await oneGate?.close();
  });

  it('has told OneGate READY=YES when one-context gives its lock back', async () => {
    await expectReadyInTime(vm, oneGate);
  });

  it('answers, and says that its context is one-context’s', async () => {
    expect((await prove(await vm.endpoint())).chat.text).toBe(smokeAnswers.chat);
    expect(await state(vm)).toBe('ready');
    expect(await vm.ssh('cat /etc/one-appliance/status')).toBe('bootstrap_success');
    expect(await vm.ssh('cat /etc/motd')).toContain('All set and ready to serve 8)');
    expect(await vm.ssh('cat /etc/one-appliance/config')).toContain('source = one-context');
  });

  it('has the network of one-context alone, with ethN names', async () => {
    expect(await vm.ssh('ls /sys/class/net | sort')).toBe('eth0\nlo');
    expect(await vm.ssh('hostname')).toBe('certified');
    expect(await vm.ssh('cat /etc/network/interfaces')).toContain('iface eth0 inet static');
    expect(await vm.ssh('systemctl is-active systemd-networkd || true')).toBe('inactive');
    expect(await vm.ssh('ls /etc/systemd/network')).not.toContain('onepilot-eth0');
    expect(await vm.ssh('ip -4 -o addr show eth0')).toContain('10.0.2.15/24');
    expect(await vm.ssh('cat /etc/resolv.conf')).toContain('nameserver 10.0.2.3');
  });

  it('made host keys and machine-id at its first boot', async () => {
    expect(await vm.ssh("find /etc/ssh -name 'ssh_host_*' ! -mmin -10")).toBe('');
    expect(await vm.ssh('find /etc -maxdepth 1 -name machine-id ! -mmin -10 -a ! -size 0')).toBe('');
    first = await vm.ssh(identity);
    expect(first).toMatch(/^[0-9a-f]{32}\nAAAA/);
  });

  it('has the guest agents that certification looks for', async () => {
    expect(await vm.ssh('qemu-ga --version')).toMatch(/^QEMU Guest Agent/);
    expect(await vm.ssh('command -v vmtoolsd')).toMatch(/vmtoolsd$/);
  });

  it('ran the start script', async () => {
    expect(await vm.ssh('cat /tmp/start_script1 /tmp/start_script2 /tmp/start_script3')).toBe('ok\nok\nok');
  });

  it('has no serial console on the kernel’s command line, and lives in UTC', async () => {
    expect(await vm.ssh('cat /proc/cmdline')).not.toMatch(/=ttyS/);
    expect(await vm.ssh("date '+%Z'")).toBe('UTC');
  });

  it('has no password for root, and takes none over SSH', async () => {
    expect(await vm.ssh('grep ^root: /etc/shadow')).toMatch(/^root:[!*]/);
    const { status, stderr } = spawnSync(
      'ssh',
      [
        ...['-F', 'none', '-p', String(vm.machine.shape.ports.ssh), '-o', 'StrictHostKeyChecking=no'],
        ...['-o', 'UserKnownHostsFile=/dev/null', '-o', 'PubkeyAuthentication=no', '-o', 'BatchMode=yes'],
        ...['-o', 'PreferredAuthentications=password,keyboard-interactive', 'root@127.0.0.1', 'true'],
      ],
      { encoding: 'utf8' },
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('Permission denied (publickey)');
  });

  it('follows a changed context disk without restarting what is not concerned', async () => {
    const engine = await mainPid(vm, 'onepilot-engine');
    await change({ ONEAPP_COPILOT_API_PASSWORD: 'second-password', SET_HOSTNAME: 'renamed' });
    await expect.poll(() => vm.ssh('hostname'), applied).toBe('renamed');
    const endpoint = { ...(await vm.endpoint()), key: 'second-password' };
    await expect.poll(() => prove(endpoint).then(() => 'answers', String), applied).toBe('answers');
    expect(await mainPid(vm, 'onepilot-engine')).toBe(engine);
  });

  it('does not lose a context disk that is swapped while hooks run', async () => {
    await contextualized(vm);
    await change({ START_SCRIPT: 'sleep 20', SET_HOSTNAME: 'during' });
    await expect.poll(() => vm.ssh('pgrep -fc "^sleep 20" || true'), applied).toBe('1');
    await change({ START_SCRIPT: 'true', SET_HOSTNAME: 'after', ONEAPP_COPILOT_CPU_THREADS: '1' });
    await expect.poll(() => vm.ssh('hostname'), applied).toBe('after');
    await expect.poll(() => vm.ssh('cat /etc/onepilot/engine.ini'), applied).toMatch(/^threads = 1$/m);
    await expect.poll(() => state(vm), applied).toBe('ready');
  });

  it('takes a NIC into use that is attached while it runs, with the address in the certificate', async () => {
    await contextualized(vm);
    // As core does it: first the NIC, then the context that describes it.
    await attachNic(vm.machine, secondMac, '10.9.0.0/24');
    await change({ ETH1_MAC: secondMac, ETH1_IP: '10.9.0.15', ETH1_MASK: '255.255.255.0' });
    await expect.poll(() => vm.ssh('ip -4 -o addr show eth1 || true'), applied).toContain('10.9.0.15/24');
    const names = async () =>
      new X509Certificate(await vm.ssh('cat /etc/onepilot/tls/own.pem')).subjectAltName ?? '';
    await expect.poll(names, applied).toContain('IP Address:10.9.0.15');
    await expect
      .poll(() => vm.ssh('cat /etc/one-appliance/config'), applied)
      .toContain('https://10.9.0.15/v1');
  });

  it('gives the root file system a disk that grows while it runs, and restarts nothing for it', async () => {
    await contextualized(vm);
    const [gateway, engine] = [await mainPid(vm, 'onepilot-gateway'), await mainPid(vm, 'onepilot-engine')];
    const size = async () => Number(await vm.ssh('df --output=size -B1 / | tail -n 1'));
    const before = await size();
    const virtual = Number(await vm.ssh('cat /sys/class/block/vda/size')) * 512;
    await growDisk(vm.machine, virtual + 2 ** 30);
    await expect.poll(size, applied).toBeGreaterThan(before + 0.9 * 2 ** 30);
    await contextualized(vm);
    expect(await state(vm)).toBe('ready');
    expect(await mainPid(vm, 'onepilot-gateway')).toBe(gateway);
    expect(await mainPid(vm, 'onepilot-engine')).toBe(engine);
  });

  it('is switched off by the power button, and comes up again with its identity and READY=YES', async () => {
    await vm.ssh('update-grub2');
    await vm.machine.qmp('system_powerdown');
    const off = await Promise.race([
      vm.machine.exited,
      new Promise<string>((resolve) => setTimeout(resolve, 60_000, 'still on').unref()),
    ]);
    expect(off).not.toBe('still on');
    const start = performance.now();
    const { destroy } = vm;
    const again = await restart(vm, context, vm.shell);
    vm = { ...vm, ...again, destroy: () => again.machine.cutPower().then(destroy) };
    console.log(`one-context, second boot: SSH after ${(await reachable(vm, start)).toFixed(1)} s`);
    await expectReadyInTime(vm, oneGate);
    expect(await vm.ssh(identity)).toBe(first);
    expect(await vm.ssh('cat /proc/cmdline')).not.toMatch(/=ttyS/);
    expect(await vm.ssh(failedOfOurs)).toBe('');
  });
});
