import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../../src/builder/places.ts';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { freePort } from '../../src/vm/ports.ts';
import { curlAsPrinted } from '../support/curl-as-printed.ts';
import { imageUnderTest } from './support/appliance.ts';

const node = join(checkout, 'node_modules/.bin/node');

/** A cache of its own, so that nothing here touches what builds have made. */
let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'onepilot-commands-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

interface RunOptions {
  /** Send SIGINT once the output holds this. */
  readonly interruptAt?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

function run(script: string, args: string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(node, [join(checkout, 'scripts', script), ...args], {
    cwd: checkout,
    env: { ...process.env, ONEPILOT_CACHE: cache, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let { interruptAt } = options;
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    // Once: a second Ctrl-C means «at once», without tidying up.
    if (interruptAt && output.includes(interruptAt)) {
      interruptAt = undefined;
      child.kill('SIGINT');
    }
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, output })));
}

describe('every command', () => {
  it.each(['image.ts', 'vm.ts', 'try.ts', 'dev.ts', 'test.ts', 'docs.ts'])(
    '%s explains itself',
    async (script) => {
      const { status, output } = await run(script, ['--help']);
      expect(status).toBe(0);
      expect(output).toContain('npm ');
    },
  );

  it.each(['image.ts', 'vm.ts', 'try.ts'])('%s refuses an option it does not know', async (script) => {
    const { status, output } = await run(script, ['--bogus']);
    expect(status).toBe(1);
    expect(output).toContain('--help');
  });
});

describe('npm run image', () => {
  it('names what would run, and does nothing', async () => {
    const { status, output } = await run('image.ts', ['--dry-run']);
    expect(status).toBe(0);
    expect(output).toMatch(/engine +runs: never built here/);
    expect(await readdir(cache)).toEqual([]);
  });

  it('names no stage that --only leaves out', async () => {
    const { output } = await run('image.ts', ['--dry-run', '--only', 'engine']);
    expect(output).toMatch(/^ +engine +runs/m);
    expect(output).not.toContain('verify');
  });

  it('refuses an unknown profile and stage, and what is no suite or mirror', async () => {
    expect(await run('image.ts', ['--profile', 'huge'])).toMatchObject({ status: 1 });
    expect((await run('image.ts', ['--suite', '../x'])).output).toContain('BUILD_BAD_OPTION');
    expect((await run('image.ts', ['--mirror', 'ftp://debian'])).output).toContain('BUILD_BAD_OPTION');
    expect((await run('image.ts', ['--only', 'nothing'])).output).toContain('there is no stage «nothing»');
  });

  it.each(['image.ts', 'vm.ts', 'try.ts'])('%s needs root, and says so', (script) => {
    // Nobody, who may yet read a checkout below /root.
    const capability = '+dac_read_search';
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    const { status, stderr } = spawnSync(
      'setpriv',
      [...nobody, `--inh-caps=${capability}`, `--ambient-caps=${capability}`, node, `scripts/${script}`],
      { cwd: checkout, encoding: 'utf8', env: { ...process.env, ONEPILOT_CACHE: cache } },
    );
    expect(status).toBe(1);
    expect(stderr).toContain('BUILD_NOT_ROOT');
  });

  it('stops at Ctrl-C, says where, and leaves no lock', async () => {
    const { status, output } = await run('image.ts', ['--only', 'engine'], { interruptAt: 'engine    ' });
    expect(status).toBe(130);
    expect(output).toContain('Interrupted during engine');
    expect(await readdir(cache)).not.toContain('lock');
  });
});

describe('the doctor', () => {
  it('says how much room is missing', async () => {
    const small = join(cache, 'small');
    await mkdir(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', small]);
    try {
      const { status, output } = await run('image.ts', [], { environment: { ONEPILOT_CACHE: small } });
      expect(status).toBe(1);
      expect(output).toContain('BUILD_NO_SPACE');
      expect(output).toContain('ONEPILOT_CACHE');
    } finally {
      execFileSync('umount', [small]);
    }
  });

  it('names the packages that it could not install', async () => {
    // dpkg that knows of no package, and an apt that knows of no archive.
    const empty = join(cache, 'no-packages');
    await mkdir(join(empty, 'updates'), { recursive: true });
    for (const name of ['status', 'available']) await writeFile(join(empty, name), '');
    const configuration = join(cache, 'apt.conf');
    const settings = { 'Dir::State::status': join(empty, 'status'), 'Dir::Etc::sourcelist': '/dev/null' };
    const lines = Object.entries({
      ...settings,
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State::lists': empty,
    });
    await writeFile(configuration, lines.map(([name, value]) => `${name} "${value}";`).join('\n'));
    const environment = { DPKG_ADMINDIR: empty, APT_CONFIG: configuration };
    const { status, output } = await run('image.ts', [], { environment });
    expect(status).toBe(1);
    expect(output).toContain('BUILD_PACKAGES_MISSING');
    expect(output).toMatch(/apt-get install .*mmdebstrap/);
  });
});

describe('npm run vm', () => {
  it('refuses a port that is taken', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const image = await imageUnderTest();
    const { status, output } = await run('vm.ts', ['--image', image, '--port', String(port)]);
    server.close();
    expect(status).toBe(1);
    expect(output).toContain('VM_PORT_TAKEN');
  });

  it('refuses a file that is no image, and one that is not there', async () => {
    const path = join(cache, 'no-image');
    await writeFile(path, 'text');
    expect((await run('vm.ts', ['--image', path])).output).toContain('VM_NOT_AN_IMAGE');
    expect((await run('vm.ts', ['--image', `${path}-at-all`])).output).toContain('VM_NO_IMAGE');
  });

  it('refuses a context value without a name', async () => {
    const { status, output } = await run('vm.ts', ['--set', 'password']);
    expect(status).toBe(1);
    expect(output).toContain('VM_BAD_CONTEXT');
  });

  it('shows the end of the console of a VM that never becomes ready', async () => {
    const { status, output } = await run('vm.ts', [
      '--image',
      await imageUnderTest(),
      '--once',
      '--timeout',
      '2',
    ]);
    expect(status).toBe(1);
    expect(output).toContain('The VM was not ready after 2 s. The end of its console:');
    expect(output).toContain('VM_NOT_READY');
    await sleep(500);
  });

  it('proves an image once and powers it off', async () => {
    const { status, output } = await run('vm.ts', ['--image', await imageUnderTest(), '--once']);
    expect(output).toContain('refused with 401');
    expect(status).toBe(0);
  });

  it('stays until Ctrl-C, and its curl line works as printed', async () => {
    const image = await imageUnderTest();
    const port = String(await freePort());
    const { answer, status, pid } = await curlAsPrinted(
      ['vm.ts', '--image', image, '--port', port],
      'Ctrl-C powers it off',
      { ONEPILOT_CACHE: cache },
    );
    expect(answer).toContain(JSON.stringify(smokeAnswers.chat).slice(1, -1));
    expect(status).toBe(0);
    const logs = await readdir(join(cache, 'vm')).catch(() => []);
    expect(logs).not.toContain(String(pid));
  });
});
