import { mkdir, readFile, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { verifyKey } from '../../../src/keys/record.ts';
import { units } from '../../../src/machine/paths.ts';
import { goodContext, sshKey, TemporaryWorld } from './temporary-world.ts';

const withPassword = `ONEAPP_COPILOT_API_PASSWORD='correct-horse-battery'\n${goodContext}`;

let vm: TemporaryWorld;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
});
afterEach(() => vm.remove());

const gatewayConfiguration = async () =>
  GatewayConfiguration.parse(JSON.parse(await vm.read(vm.paths.gatewayConfiguration)));
const permissions = async (path: string) => {
  const { mode, uid, gid } = await stat(path);
  return [(mode & 0o7777).toString(8), uid, gid];
};

describe('a first boot with a good context', () => {
  test('makes the machine what the context says and ends ready', async () => {
    await vm.setContext(goodContext);
    expect(await vm.run()).toEqual({ state: 'ready', url: 'https://10.0.0.5/' });

    expect(vm.lines.at(-1)).toBe('OnePilot: ready at https://10.0.0.5/');
    expect(await vm.read(vm.paths.status)).toBe('bootstrap_success\n');
    expect(await vm.read(vm.paths.motd)).toContain('\n All set and ready to serve 8)\n');
    expect(await vm.read(vm.paths.hostname)).toBe('pilot\n');
    expect(vm.hostname).toBe('pilot');
    expect(await vm.read(vm.paths.hosts)).toBe('127.0.0.1 localhost\n127.0.1.1 pilot\n');
    expect(await vm.read(vm.paths.authorizedKeys)).toBe(`${sshKey}\n`);
    expect(vm.readyCalls).toBe(1);
    const started = [units.engine, units.gatewaySocket, units.gateway].map((unit) => `start ${unit}`);
    expect(vm.commands).toEqual([...started, 'watch']);
    expect(await gatewayConfiguration()).toMatchObject({
      models: [{ id: 'smoke', contextSize: 4096 }],
      problems: [],
      engine: { socket: '/run/onepilot-engine/engine.sock' },
    });
  });

  test('protects every secret with mode and owner', async () => {
    await vm.setContext(goodContext);
    await vm.run();
    const { paths } = vm;
    expect(await permissions(paths.apiKey)).toEqual(['600', 0, 0]);
    expect(await permissions(paths.authorityKey)).toEqual(['600', 0, 0]);
    expect(await permissions(paths.ownIdentity)).toEqual(['640', 0, 990]);
    expect(await permissions(paths.gatewayConfiguration)).toEqual(['640', 0, 990]);
    expect(await permissions(paths.tls)).toEqual(['750', 0, 990]);
    expect(await permissions(paths.authorizedKeys)).toEqual(['600', 0, 0]);
    expect(await permissions(paths.sshDirectory)).toEqual(['700', 0, 0]);
    expect(await permissions(paths.report)).toEqual(['600', 0, 0]);
  });

  test('says nowhere but in its own file what the key is', async () => {
    await vm.setContext(goodContext);
    await vm.run();
    const key = (await vm.read(vm.paths.apiKey)).trim();
    const [record] = (await gatewayConfiguration()).keys;
    expect(record && (await verifyKey(key, record))).toBe(true);
    expect(vm.lines.join('\n')).not.toContain(key);
    for (const [path, text] of await vm.snapshot()) {
      if (path !== '/var/lib/onepilot/api-key') expect(text, path).not.toContain(key);
    }
  });
});

describe('a second run', () => {
  test.each([
    ['with a generated key', goodContext],
    ['with a chosen password', withPassword],
  ])('changes nothing %s', async (_name, context) => {
    await vm.setContext(context);
    await vm.run();
    const before = await vm.snapshot();
    await vm.run();
    expect(vm.done).toEqual([]);
    expect(await vm.snapshot()).toEqual(before);
  });

  test('after a reboot only starts the units', async () => {
    await vm.setContext(goodContext);
    await vm.run();
    await vm.reboot();
    await vm.run();
    expect(vm.done).toEqual([units.engine, units.gatewaySocket, units.gateway].map((u) => `start: ${u}`));
  });

  test('restarts only the unit whose input changed', async () => {
    await vm.setContext(goodContext);
    await vm.run();
    await vm.setContext(`ONEAPP_COPILOT_CPU_THREADS='1'\n${goodContext}`);
    await vm.run();
    expect(vm.done).toEqual([
      `remember restart: ${units.engine}`,
      'write /etc/onepilot/engine.ini',
      'hold new requests and let those in flight finish',
      `restart: ${units.engine}`,
      `forget restart: ${units.engine}`,
      'let requests through again',
    ]);
  });

  test('follows a changed address with a new certificate of the same CA', async () => {
    await vm.setContext(goodContext);
    await vm.run();
    const authority = await vm.read(vm.paths.authorityCertificate);
    vm.address = '10.0.0.6';
    vm.active.add(units.network);
    await vm.setContext(goodContext.replaceAll('10.0.0.5', '10.0.0.6'));
    await vm.run();
    expect(await vm.read(vm.paths.authorityCertificate)).toBe(authority);
    expect(vm.done).toContain(`reload: ${units.network}`);
    expect(vm.done.filter((action) => action.startsWith('write'))).toEqual([
      'write /etc/systemd/network/50-onepilot-eth0.network',
      'write /etc/onepilot/tls/own.pem',
    ]);
  });

  test('moves between a generated key and a chosen password', async () => {
    await vm.setContext(goodContext);
    await vm.run();
    await vm.setContext(withPassword);
    await vm.run();
    await expect(readFile(vm.paths.apiKey)).rejects.toThrow('ENOENT');
    const [record] = (await gatewayConfiguration()).keys;
    expect(record && (await verifyKey('correct-horse-battery', record))).toBe(true);
    await vm.setContext(goodContext);
    await vm.run();
    expect(await vm.read(vm.paths.apiKey)).toMatch(/^sk-/);
  });
});

describe('a wrong context', () => {
  const wrong = `ONEAPP_COPILOT_API_PASSWORD='hunter2'\nONEAPP_COPILOT_CONTEXT_SIZE='lots'\n${goodContext}`;

  test('on a new machine is answered by the gateway alone, and SSH works all the same', async () => {
    await vm.setContext(wrong);
    const outcome = await vm.run();
    expect(outcome.state).toBe('failed');
    expect(vm.lines.at(-1)).toMatch(/^OnePilot: failed: ONEAPP_COPILOT_API_PASSWORD must .* «lots»/);
    expect(vm.commands).toEqual([`start ${units.gatewaySocket}`, `start ${units.gateway}`, 'watch']);
    const { problems, keys, models } = await gatewayConfiguration();
    expect(problems.map(({ code }) => code)).toEqual(['CONTEXT_BAD_PASSWORD', 'CONTEXT_BAD_NUMBER']);
    expect([keys, models]).toEqual([[], []]);
    expect(await vm.read(vm.paths.status)).toBe('configure_failure\n');
    expect(await vm.read(vm.paths.motd)).toContain('step failed.');
    expect(await vm.read(vm.paths.authorizedKeys)).toBe(`${sshKey}\n`);
    for (const [path, text] of await vm.snapshot()) {
      if (path !== '/context/context.sh') expect(text, path).not.toContain('hunter2');
    }
  });

  test('keeps what ran before, and says so', async () => {
    await vm.setContext(goodContext);
    await vm.run();
    const before = await vm.snapshot();
    await vm.setContext(wrong);
    expect((await vm.run()).state).toBe('degraded');
    expect(vm.done).toEqual([]);
    const after = await vm.snapshot();
    for (const path of [
      '/etc/onepilot/gateway.json',
      '/etc/onepilot/engine.ini',
      '/var/lib/onepilot/api-key',
    ]) {
      expect(after.get(path), path).toBe(before.get(path));
    }
    expect(await vm.read(vm.paths.status)).toBe('configure_failure\n');
  });

  test('keeps what ran before after a boot with a few pages of memory less', async () => {
    await vm.setContext(goodContext);
    await vm.run();
    vm.hardware = { ...vm.hardware, memory: vm.hardware.memory - 4096 };
    await vm.reboot();
    await vm.setContext(wrong);
    expect((await vm.run()).state).toBe('degraded');
    vm.hardware = { ...vm.hardware, memory: vm.hardware.memory / 2 };
    expect((await vm.run()).state).toBe('failed');
  });

  test('asking more than the model was trained for names the largest', async () => {
    await vm.setContext(`ONEAPP_COPILOT_CONTEXT_SIZE='8192'\n${goodContext}`);
    await vm.run();
    expect(vm.lines.at(-1)).toContain('at most 4096 tokens');
  });
});

describe('without a readable context', () => {
  test('a new machine comes up with defaults and a generated key', async () => {
    expect((await vm.run()).state).toBe('ready');
    expect(await vm.read(vm.paths.apiKey)).toMatch(/^sk-/);
    expect(await vm.read(vm.paths.report)).toContain('CONTEXT_MISSING');
  });

  test('a broken disk is a warning and the file is tried next', async () => {
    await vm.write(vm.paths.contextDevice, '');
    await vm.setContext(goodContext);
    expect((await vm.run()).state).toBe('ready');
    const report = await vm.read(vm.paths.report);
    expect(report).toContain(
      'CONTEXT_DISK_BROKEN: The context at context disk could not be read: no disks here',
    );
    expect(vm.hostname).toBe('pilot');
  });

  test('a new machine takes no setting from half a context, which may lack another', async () => {
    await vm.setContext(`${withPassword}ONEAPP_COPILOT_CONTEXT_SIZE='lots'\nTORN='`);
    expect((await vm.run()).state).toBe('ready');
    expect(await vm.read(vm.paths.apiKey)).toMatch(/^sk-/);
    expect((await gatewayConfiguration()).keys).toMatchObject([{ algorithm: 'sha256' }]);
    expect(await vm.read(vm.paths.authorizedKeys)).toBe(`${sshKey}\n`);
  });

  test('a configured machine keeps its password and its network', async () => {
    await vm.setContext(withPassword);
    await vm.run();
    await vm.setContext('# half a context\nETH0_MAC=');
    expect((await vm.run()).state).toBe('ready');
    expect(vm.done).toEqual([]);
    expect(await vm.read(vm.paths.report)).toContain('CONTEXT_UNREADABLE_TEXT');
  });
});

test('a status that cannot be written keeps neither network nor service from coming up', async () => {
  await vm.setContext(goodContext);
  // Stands for a full disk: nothing can be renamed onto a directory.
  await mkdir(vm.paths.motd, { recursive: true });
  expect((await vm.run()).state).toBe('ready');
  expect(vm.readyCalls).toBe(1);
  expect(vm.commands).toContain(`start ${units.gateway}`);
  expect(vm.lines.join('\n')).toContain('the status could not be written: ');
});

describe('a service that does not come up', () => {
  test('is reported when its deadline has passed', async () => {
    vm.health = { status: 503, state: 'loading' };
    expect(await vm.run()).toMatchObject({ state: 'failed' });
    expect(vm.lines.at(-1)).toMatch(/^OnePilot: failed: .*503, loading/);
    expect(await vm.read(vm.paths.status)).toBe('bootstrap_failure\n');
  });

  test('is reported at once when the model cannot be loaded', async () => {
    vm.health = { status: 503, state: 'failed' };
    vm.failedModels.set('smoke', { code: 'MODEL_TOO_BIG', what: 'It is too big.', fix: '' });
    expect(await vm.run()).toMatchObject({ state: 'failed' });
    expect(vm.lines.at(-1)).toContain('could not load its model');
  });
});
