import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import * as z from 'zod';
import { checkout } from '../../../src/builder/places.ts';
import { modelsFile } from '../../../src/builder/stages/model.ts';
import { BakedModel } from '../../../src/models/image-facts.ts';
import { testContextSize } from '../../../src/models/smoke/qwen2.ts';
import { smokeModel } from '../../../src/models/smoke/write.ts';
import { type HubDouble, sha256Of, startHub } from '../../support/hub/server.ts';

const content = smokeModel();
const secret = 'hf_token_that_must_not_be_seen';

let directory: string;
let hub: HubDouble;
let catalogue: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-model-stage-'));
  const file = { repository: 'tiny/models', path: 'q4/tiny.gguf', content };
  hub = await startHub({ files: [{ ...file, isGated: true }], token: secret });
  catalogue = join(directory, 'catalogue.yaml');
  await writeCatalogue(sha256Of(content));
});
afterEach(async () => {
  await hub.close();
  await rm(directory, { recursive: true, force: true });
});

function writeCatalogue(sha256: string): Promise<void> {
  const model = {
    id: 'tiny',
    title: 'The smoke model, as if it lay on the hub',
    roles: ['chat', 'complete'],
    source: 'hf:tiny/models/q4/tiny.gguf',
    size: { bytes: content.length },
    sha256,
    pin: 'published',
    pinSource: 'this test',
    licence: { spdx: 'Apache-2.0', url: 'https://example.org/licence' },
    parameters: { all: 1, active: 1 },
    kind: ['attention'],
    thinking: 'no',
    sampling: { direct: { temperature: 0.7 }, source: 'this test' },
    infill: { order: 'suffix-prefix-middle', tokens: null },
    engineArchitecture: 'qwen2',
    shape: null,
  };
  const tiny = {
    about: 'one tiny model',
    vm: { cpus: 1, memory: 2, disk: 8 },
    models: { chat: 'tiny', complete: 'tiny' },
  };
  return writeFile(catalogue, stringify({ models: [model], profiles: { tiny } }));
}

/** `npm run image` with the catalogue and the hub of this test. */
async function image(options: string[] = [], token = secret) {
  const script = ['scripts/image.ts', '--profile', 'tiny', '--only', 'model'];
  const origin = ['--catalogue', catalogue, '--hub', hub.url];
  const env = { ...process.env, ONEPILOT_CACHE: join(directory, 'cache'), HF_TOKEN: token };
  const run = promisify(execFile)(process.execPath, [...script, ...origin, ...options], {
    cwd: checkout,
    env,
  });
  return run.then(
    ({ stdout, stderr }) => ({ output: stdout + stderr, failed: false }),
    (error: { stdout: string; stderr: string }) => ({ output: error.stdout + error.stderr, failed: true }),
  );
}

async function stageOutput(): Promise<string> {
  const entries = await readdir(join(directory, 'cache'));
  const [entry] = entries.filter((name) => /^model-[0-9a-f]{16}$/.test(name));
  return join(directory, 'cache', entry ?? 'missing', 'output');
}

describe('the model stage', () => {
  it('fetches a profile of a catalogue from the hub and describes what it baked', {
    timeout: 60_000,
  }, async () => {
    const { output } = await image();
    const directoryOfStage = await stageOutput();
    const models = z
      .array(BakedModel)
      .parse(JSON.parse(await readFile(join(directoryOfStage, modelsFile), 'utf8')));
    expect(models).toEqual([
      {
        id: 'tiny',
        file: 'tiny.gguf',
        sha256: sha256Of(content),
        roles: ['chat', 'complete'],
        facts: expect.objectContaining({ architecture: 'qwen2', trainedContextSize: testContextSize }),
        licence: 'Apache-2.0',
        source: 'hf:tiny/models/q4/tiny.gguf',
        traits: {
          thinking: 'no',
          sampling: { direct: { temperature: 0.7 } },
          infillOrder: 'suffix-prefix-middle',
        },
      },
    ]);
    expect(sha256Of(await readFile(join(directoryOfStage, 'tiny.gguf')))).toBe(sha256Of(content));
    expect((await stat(join(directoryOfStage, 'tiny.gguf'))).mode & 0o777).toBe(0o644);
    // The token opens the gated file, and is in nothing that is printed or kept.
    const logs = join(directory, 'cache/log');
    const kept = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')));
    expect([output, ...kept].join('')).not.toContain(secret);
  });

  it('keeps what it fetched for the next build, which asks the hub nothing', {
    timeout: 60_000,
  }, async () => {
    await image();
    const asked = hub.requests.length;
    expect(asked).toBeGreaterThan(0);
    const { output, failed } = await image(['--rebuild', 'model']);
    expect(failed).toBe(false);
    expect(output).toContain('asked for');
    expect(hub.requests).toHaveLength(asked);
  });

  it('does nothing when asked what it would do', { timeout: 60_000 }, async () => {
    const { output, failed } = await image(['--dry-run']);
    expect(failed).toBe(false);
    expect(output).toContain('model     runs: never built here');
    expect(hub.requests).toEqual([]);
  });

  it('bakes nothing when the bytes are not those of the catalogue', { timeout: 60_000 }, async () => {
    await writeCatalogue('0'.repeat(64));
    const { output, failed } = await image();
    expect(failed).toBe(true);
    expect(output).toContain('MODEL_FETCH_HASH');
    expect(await stat(await stageOutput()).catch(() => 'none')).toBe('none');
  });

  it('refuses a hub whose address holds a password', { timeout: 60_000 }, async () => {
    const { output, failed } = await image(['--hub', 'http://user:hidden@127.0.0.1:1/']);
    expect(failed).toBe(true);
    expect(output).toContain('--hub must be an http or https URL');
    expect(output).not.toContain('hidden');
  });
});
