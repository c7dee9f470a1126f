import { mkdir, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failure } from '../../../src/errors/catalogue.ts';
import { units } from '../../../src/machine/paths.ts';
import { inTurn } from '../../../src/machine/turn.ts';
import { goodContext, TemporaryWorld } from './temporary-world.ts';

let vm: TemporaryWorld;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
  await vm.setContext(goodContext);
});
afterEach(() => vm.remove());

const oneGateContext = [
  "ONEGATE_ENDPOINT='http://169.254.16.9:5030'",
  "ONEGATE_TOKEN='a-token'",
  "REPORT_READY='YES'",
  "VMID='7'",
  goodContext,
].join('\n');

describe('a run on a machine that is right already', () => {
  test('says nothing and writes nothing but that it was there', async () => {
    await vm.run();
    const before = await vm.snapshot();
    vm.lines.length = 0;
    expect(await vm.run('reconcile')).toMatchObject({ state: 'ready' });
    expect(await vm.snapshot()).toEqual(before);
    expect(vm.lines).toEqual(['nothing to change']);
  });

  test('takes the request to look again away', async () => {
    await vm.run();
    await vm.write(vm.paths.lookAgain, '');
    await vm.run('reconcile');
    await expect(vm.read(vm.paths.lookAgain)).rejects.toThrow('ENOENT');
  });
});

test('changes are noticed only once the machine is configured', async () => {
  await vm.run();
  expect(vm.commands.at(-1)).toBe('watch');
});

test('a changed key reloads the gateway and nothing else', async () => {
  await vm.run();
  vm.commands.length = 0;
  await vm.setContext(`ONEAPP_COPILOT_API_PASSWORD='correct-horse'\n${goodContext}`);
  await vm.run('reconcile');
  expect(vm.commands).toEqual([`reload ${units.gateway}`, `forget failure of ${units.agent}`]);
});

test('the engine is restarted only when it has nothing in flight', async () => {
  await vm.run();
  vm.commands.length = 0;
  await vm.setContext(`ONEAPP_COPILOT_CPU_THREADS='1'\n${goodContext}`);
  await vm.run('reconcile');
  expect(vm.commands.slice(0, 3)).toEqual(['hold requests', `restart ${units.engine}`, 'resume requests']);
});

test('requests are let through again though the engine did not restart', async () => {
  await vm.run();
  vm.commands.length = 0;
  vm.broken = units.engine;
  await vm.setContext(`ONEAPP_COPILOT_CPU_THREADS='1'\n${goodContext}`);
  expect(await vm.run('reconcile')).toMatchObject({ state: 'failed' });
  expect(vm.commands).toEqual(['hold requests', `restart ${units.engine}`, 'resume requests']);
});

test('a machine that could not be configured hears of changes all the same, and heals', async () => {
  vm.broken = units.gateway;
  expect(await vm.run()).toMatchObject({ state: 'failed' });
  expect(vm.commands).toContain('watch');
  vm.broken = undefined;
  expect(await vm.run('reconcile')).toMatchObject({ state: 'ready' });
  expect(vm.commands).toContain(`forget failure of ${units.agent}`);
});

test('what changes while the first run configures is looked at again', async () => {
  vm.onWatch = () => {
    vm.address = '10.0.0.6';
  };
  await vm.run();
  await expect(vm.read(vm.paths.lookAgain)).resolves.toBe('');
});

test('a run that does not get its turn leaves the machine and what is said of it alone, and asks for another', async () => {
  await vm.run();
  const before = await vm.snapshot();
  await vm.setContext(`ONEAPP_COPILOT_CPU_THREADS='1'\n${goodContext}`);
  const never = () => failure('AGENT_BUSY', { seconds: 0 });
  await inTurn(vm.paths.latestRun, 0, never, async () => {
    expect(await vm.run('reconcile')).toEqual({ state: 'overtaken' });
  });
  const after = await vm.snapshot();
  expect(after.delete('/run/onepilot/look-again')).toBe(true);
  before.delete('/context/context.sh');
  after.delete('/context/context.sh');
  expect(after).toEqual(before);
});

test('a disk that has grown is taken into use', async () => {
  await vm.run();
  vm.unusedDisk = 2 ** 30;
  await vm.run('reconcile');
  expect(vm.done).toEqual(['grow the root disk by 1024 MiB']);
});

describe('the firewall', () => {
  test('follows the context', async () => {
    await vm.run();
    await vm.setContext(`ONEAPP_COPILOT_ALLOWED_NETWORKS='10.1.0.0/16'\n${goodContext}`);
    await vm.run('reconcile');
    expect(vm.commands).toContain(`reload ${units.firewall}`);
    expect(await vm.read(vm.paths.firewall)).toContain('10.1.0.0/16');
  });

  test('is started when it does not run, whatever the context', async () => {
    await vm.run();
    vm.active.delete(units.firewall);
    await vm.setContext(`ONEAPP_COPILOT_ALLOWED_NETWORKS='everybody'\n${goodContext}`);
    await vm.run('reconcile');
    expect(vm.commands).toContain(`start ${units.firewall}`);
  });

  test.each([
    ['that names no network', "ONEAPP_COPILOT_ALLOWED_NETWORKS='everybody'"],
    ['that asks more of the model than it can', "ONEAPP_COPILOT_CONTEXT_SIZE='8192'"],
    ['whose network is wrong', "ETH0_GATEWAY='nowhere'"],
  ])('is not changed by a context %s', async (_name, wrong) => {
    await vm.setContext(`ONEAPP_COPILOT_ALLOWED_NETWORKS='10.1.0.0/16'\n${goodContext}`);
    await vm.run();
    await vm.setContext(`${goodContext}${wrong}\n`);
    expect(await vm.run('reconcile')).toMatchObject({ state: 'degraded' });
    expect(await vm.read(vm.paths.firewall)).toContain('10.1.0.0/16');
  });
});

test('security updates are switched on and off', async () => {
  await vm.setContext(`ONEAPP_COPILOT_SECURITY_UPDATES='YES'\n${goodContext}`);
  await vm.run();
  expect(vm.active).toContain(units.updateInstall);
  await vm.setContext(goodContext);
  await vm.run('reconcile');
  expect(vm.active).not.toContain(units.updateInstall);
});

describe('a machine without address', () => {
  test('is degraded, and ready as soon as the address comes', async () => {
    vm.address = undefined;
    expect(await vm.run()).toMatchObject({ state: 'degraded' });
    expect((await vm.status()).reason).toContain('no network address');
    vm.address = '10.0.0.5';
    expect(await vm.run('reconcile')).toMatchObject({ state: 'ready' });
    expect(vm.lines.at(-1)).toBe('OnePilot: ready at https://10.0.0.5/');
    expect(vm.commands).toContain(`forget failure of ${units.agent}`);
  });
});

test('the status says the state, the problems and where to go', async () => {
  await vm.setContext(`ONEAPP_COPILOT_TYPO='1'\n${goodContext}`);
  await vm.run();
  expect(await vm.status()).toMatchObject({
    state: 'ready',
    endpoint: 'https://10.0.0.5/v1',
    models: ['smoke'],
    errors: [],
    warnings: [{ code: 'CONTEXT_UNKNOWN_VARIABLE', variable: 'ONEAPP_COPILOT_TYPO' }],
  });
});

describe('where one-context applies the context', () => {
  test('network, host name and SSH keys are left to it', async () => {
    await vm.write(vm.paths.oneContext, goodContext);
    await vm.run('configure');
    expect(vm.hostname).toBe('onepilot');
    await expect(vm.read(vm.paths.authorizedKeys)).rejects.toThrow('ENOENT');
    expect(vm.commands).toContain(`start ${units.gateway}`);
  });

  test('the configuration step ends without waiting for the model', async () => {
    vm.health = { status: 503, state: 'loading' };
    expect(await vm.run('configure')).toEqual({ state: 'configured' });
    expect((await vm.status()).state).toBe('loading');
    expect(await vm.read(vm.paths.status)).toBe('bootstrap_started\n');
  });

  test('the engine’s restart is left to the next run, since it may have to wait', async () => {
    await vm.run();
    vm.commands.length = 0;
    await vm.setContext(`ONEAPP_COPILOT_CPU_THREADS='1'\n${goodContext}`);
    await vm.run('configure');
    expect(vm.commands).toEqual(['watch']);
    await expect(vm.read(vm.paths.lookAgain)).resolves.toBe('');
    await vm.run('reconcile');
    expect(vm.commands).toContain(`restart ${units.engine}`);
  });

  test('a wrong context fails the step', async () => {
    await vm.setContext(`ONEAPP_COPILOT_CONTEXT_SIZE='lots'\n${goodContext}`);
    expect(await vm.run('configure')).toMatchObject({ state: 'failed' });
    expect(await vm.read(vm.paths.status)).toBe('configure_failure\n');
  });
});

describe('OneGate', () => {
  test('is told each state, and READY=YES by a unit of its own, until that was told in this boot', async () => {
    const reports = `restart ${units.reportReady}`;
    await vm.setContext(oneGateContext);
    await vm.run();
    expect(vm.told.at(0)).toBe('no stale READY');
    expect(vm.told.at(-1)).toBe('ready');
    expect(vm.commands.at(-1)).toBe(reports);
    vm.told.length = 0;
    vm.commands.length = 0;
    await vm.write(vm.paths.readyReported, '');
    await vm.run('reconcile');
    expect([vm.told, vm.commands]).toEqual([[], []]);
    await vm.reboot();
    await vm.run();
    expect(vm.commands.at(-1)).toBe(reports);
  });

  test('is told READY=YES by the last hook, not before it, while one-context runs hooks', async () => {
    const reports = `restart ${units.reportReady}`;
    await vm.setContext(oneGateContext);
    await mkdir(vm.paths.oneContextLock, { recursive: true });
    await vm.write(vm.paths.hooksAtWork, '');
    await vm.run();
    expect(vm.commands).not.toContain(reports);
    // A run of hooks that was killed leaves the mark, but no lock.
    await rm(vm.paths.oneContextLock, { recursive: true });
    await vm.run('reconcile');
    expect(vm.commands).toContain(reports);
  });

  test('hears of a wrong context, and no READY', async () => {
    await vm.setContext(`ONEAPP_COPILOT_CONTEXT_SIZE='lots'\n${oneGateContext}`);
    await vm.run();
    expect(vm.told).toContain('failed');
    expect(vm.commands).not.toContain(`restart ${units.reportReady}`);
  });
});

test('a run that waits gives up when another change has come', async () => {
  vm.health = { status: 503, state: 'loading' };
  vm.onHealth = () => vm.write(vm.paths.lookAgain, '');
  expect(await vm.run()).toEqual({ state: 'overtaken' });
  expect((await vm.status()).state).toBe('loading');
});

test('a fault of the machine itself is told and does not keep the service away', async () => {
  vm.active.add(units.network);
  // Nothing can be written where a directory stands.
  await mkdir(vm.paths.hostname, { recursive: true });
  const outcome = await vm.run();
  expect(outcome.state).toBe('degraded');
  expect(vm.commands).toContain(`start ${units.gateway}`);
});
