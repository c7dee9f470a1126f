import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchModel } from '../../../../src/cli/commands/models/bench.ts';
import { requestsInFlight } from '../../../../src/cli/commands/models/in-flight.ts';
import { presetModels } from '../../../../src/cli/commands/models/preset-models.ts';
import { ProgressLine } from '../../../../src/cli/commands/models/progress-line.ts';
import { onInterrupt } from '../../../../src/cli/commands/models/surroundings.ts';
import { planEngine } from '../../../../src/engine/preset.ts';
import { gibibyte, mebibyte } from '../../../../src/engine/sizing/memory.ts';
import { sizeEngine } from '../../../../src/engine/sizing/size-engine.ts';
import { openControl } from '../../../../src/gateway/control.ts';
import { fetchText } from '../../../../src/models/fetch-text.ts';
import { smallFacts } from '../../../support/model-facts.ts';
import {
  applianceWithModels,
  call,
  fetchIt,
  id,
  serve,
  sourceWord,
  surroundings,
} from './models-appliance.ts';

describe('onepilot models explain', () => {
  it('prints the arithmetic for another machine and a model that is not here', async () => {
    const { appliance } = await applianceWithModels();
    const words = ['--memory', '16GiB', '--cores', '8', '--model', 'qwen3.5-9b'];
    const { code, stdout } = await appliance.onepilot('models', 'explain', ...words);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^machine +16\.00 GiB {2}8 cores, AVX2\n/);
    expect(stdout).toMatch(/\nqwen3\.5-9b +\d+\.\d\d GiB {2}chat\n {2}weights +5\.29 GiB /);
    expect(stdout).toMatch(/\nleft +/);
  });

  it('prints the arithmetic all the same where it does not fit, with what would, and ends with 1', async () => {
    const { appliance } = await applianceWithModels();
    const words = ['--memory', '7GiB', '--cores', '4', '--context-size', '262144', '--model', 'qwen3.5-4b'];
    const { code, stdout } = await appliance.onepilot('models', 'explain', ...words);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nmissing +/);
    expect(stdout).toMatch(/SIZING_CONTEXT_DOES_NOT_FIT\n.*262144 tokens/);
  });

  it('shares the machine out as the agent does, for what the context names', async () => {
    const place = await applianceWithModels(
      `ONEAPP_COPILOT_COMPLETE_MODEL='${sourceWord}'\nONEAPP_COPILOT_CONTEXT_SIZE='8192'`,
    );
    await fetchIt(place);
    const { code, stdout } = await place.appliance.onepilot(
      'models',
      'explain',
      '--memory',
      '8GiB',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      fits: true,
      machine: { memory: 8 * gibibyte },
      wishes: { contextSize: 8192 },
      models: [
        { id: 'onepilot-smoke', roles: ['chat'], asked: false, settings: { contextSize: 8192 } },
        { id, roles: ['complete'], asked: true },
      ],
    });
  });

  it('says what the agent would refuse', async () => {
    const { appliance } = await applianceWithModels();
    const { code, stdout } = await appliance.onepilot('models', 'explain', '--context-size', '1000000');
    expect([code, stdout]).toEqual([1, expect.stringContaining('CONTEXT_MORE_THAN_TRAINED')]);
  });

  it('shares the machine out among several models by name', async () => {
    const { appliance } = await applianceWithModels();
    const words = ['--memory', '64GiB', '--cores', '16', '--model', 'qwen3.5-9b, onepilot-smoke', '--json'];
    const { stdout } = await appliance.onepilot('models', 'explain', ...words);
    expect(JSON.parse(stdout).models).toMatchObject([{ id: 'qwen3.5-9b' }, { id: 'onepilot-smoke' }]);
  });

  it('needs root for what the machine serves, and for nothing else', async () => {
    const { appliance } = await applianceWithModels();
    appliance.isRoot = false;
    expect(await appliance.onepilot('models', 'explain')).toMatchObject({ code: 4 });
    expect(
      await appliance.onepilot('models', 'explain', '--model', 'qwen3.5-4b', '--memory', '32G'),
    ).toMatchObject({
      code: 0,
    });
  });

  it.each([
    ['--memory', '16'],
    ['--memory', '0GiB'],
    ['--memory', '-1GiB'],
    ['--cores', '0'],
    ['--cores', 'two'],
    ['--context-size', '511'],
  ])('does not take %s %s', async (option, value) => {
    const { appliance } = await applianceWithModels();
    expect(await appliance.onepilot('models', 'explain', `${option}=${value}`)).toMatchObject({ code: 2 });
  });
});

/** As llama-bench v0.5.0 prints it; fields that are not read are left out. */
const measured = JSON.stringify([
  { n_prompt: 512, n_gen: 0, n_threads: 2, n_ubatch: 512, avg_ts: 316.549495, stddev_ts: 9.44 },
  { n_prompt: 0, n_gen: 64, n_threads: 2, n_ubatch: 512, avg_ts: 44.964787, stddev_ts: 1.476 },
]);

async function served(more = '') {
  const place = await applianceWithModels();
  const path = join(place.appliance.paths.models, 'onepilot-smoke.gguf');
  serve(place.appliance, {
    chat: `model = ${path}\nthreads = 2\nbatch-size = 512\nubatch-size = 512\nflash-attn = on\ncache-type-k = q8_0\ncache-type-v = q8_0\nload-mode = none\n${more}`,
    embed: `model = ${path}\nthreads = 2\nubatch-size = 2048\nembeddings = true`,
  });
  place.appliance.programs.env = () => ({ status: 0, stdout: measured, stderr: 'load_backend: …' });
  return place.appliance;
}

describe('onepilot models bench', () => {
  it("measures the first model with its preset's settings, as the engine's user", async () => {
    const appliance = await served();
    const { code, text } = await benchModel(call(appliance, []), surroundings());
    expect(code).toBe(0);
    expect(text).toMatchInlineSnapshot(`
      "chat, 2 threads, batches of 512

              TOKENS  TOKENS/S  ±
      prompt  512     316.5     9.4
      answer  64      45.0      1.5
      "
    `);
    const [command = ''] = appliance.ran;
    expect(command).toMatch(
      /^env GOMP_SPINCOUNT=1000 choom .* setpriv --reuid=onepilot-engine .* --no-new-privs /,
    );
    expect(command).toContain(
      '/onepilot-smoke.gguf --n-prompt 512 --n-gen 64 --repetitions 3 --threads 2 --batch-size 512 --ubatch-size 512 --flash-attn on --cache-type-k q8_0 --cache-type-v q8_0 --load-mode none --offline --output json',
    );
  });

  it('lets a model that only embeds write no answer', async () => {
    const appliance = await served();
    await benchModel(call(appliance, ['embed']), surroundings());
    expect(appliance.ran[0]).toMatch(/ --n-gen 0 .* --embeddings 1 /);
  });

  it('says that mapped weights are measured as they are not served', async () => {
    const appliance = await served('repack = false');
    const { notes } = await benchModel(call(appliance, []), surroundings());
    expect(notes).toEqual([expect.stringContaining('repacked')]);
  });

  it('refuses while somebody waits for an answer, but for --force', async () => {
    const appliance = await served();
    const busy = surroundings({ requestsInFlight: async () => 2 });
    await expect(benchModel(call(appliance, []), busy)).rejects.toMatchObject({
      code: 'COMMAND_ENGINE_BUSY',
      message: expect.stringContaining('(2)'),
    });
    expect(appliance.ran).toEqual([]);
    expect(await benchModel(call(appliance, [], { force: true }), busy)).toMatchObject({ code: 0 });
  });

  it('refuses where a second copy of the weights would make the kernel end the engine', async () => {
    const appliance = await served();
    const full = surroundings({ availableMemory: () => 4 * mebibyte });
    const measuring = benchModel(call(appliance, [], { force: true }), full);
    await expect(measuring).rejects.toMatchObject({ code: 'COMMAND_BENCH_NO_ROOM' });
    expect(appliance.ran).toEqual([]);
  });

  it('tells the last that llama-bench said when it fails', async () => {
    const appliance = await served();
    const stderr = 'load_backend: …\nllama_bench: error: failed to load model\n';
    appliance.programs.env = () => ({ status: 1, stdout: '[\n', stderr });
    await expect(benchModel(call(appliance, []), surroundings())).rejects.toMatchObject({
      code: 'COMMAND_BENCH_FAILED',
      message: expect.stringContaining('failed to load model'),
    });
  });

  it('measures nothing that is not served', async () => {
    const appliance = await served();
    const { code, stderr } = await appliance.onepilot('models', 'bench', 'qwen3.5-4b');
    expect([code, stderr]).toEqual([1, expect.stringContaining('told to serve: chat, embed.')]);
  });
});

describe('the preset', () => {
  it('is read as the agent writes it, adapters included', () => {
    const facts = smallFacts();
    const candidate = { id: 'coder', roles: ['chat' as const], facts, adapters: 0, asked: false };
    const machine = { memory: 4 * gibibyte, cores: 2, numaNodes: 1, simd: 'AVX2' };
    const sizing = sizeEngine([candidate], { contextSize: undefined, cpuThreads: 0 }, machine);
    const adapters = [
      { path: '/m/a.gguf', scale: 1 },
      { path: '/m/b-c.gguf', scale: 0.5 },
    ];
    const files = { path: '/m/coder.gguf', adapters, traits: undefined };
    const [model, ...others] = presetModels(planEngine(sizing, new Map([['coder', files]])).preset);
    expect(others).toEqual([]);
    expect(model).toMatchObject({
      id: 'coder',
      path: '/m/coder.gguf',
      adapters: ['/m/a.gguf', '/m/b-c.gguf'],
    });
    expect(model?.options.get('threads')).toBe('2');
  });
});

describe('the progress of a fetch', () => {
  const half = {
    state: 'downloading',
    received: 512 * mebibyte,
    size: gibibyte,
    rate: 8 * mebibyte,
  } as const;

  it('says how much has arrived, how fast, and how long it will take', () => {
    expect(fetchText(half)).toBe('512 MiB of 1.00 GiB, 50 %, 8.0 MiB/s, 64 s left');
    expect(fetchText({ state: 'downloading', received: 2 * mebibyte })).toBe('2 MiB fetched');
    expect(fetchText({ ...half, received: gibibyte - 1 })).toContain(' 99 %');
  });

  it('is a line at each change and every ten seconds where nobody watches', () => {
    let now = 0;
    const said: string[] = [];
    const line = new ProgressLine(
      'm',
      { say: (text) => void said.push(text), rewrite: undefined },
      () => now,
    );
    for (; now <= 25_000; now += 500) line.tell(half);
    line.tell({ state: 'verifying', received: 0, size: gibibyte });
    line.tell({ state: 'done' });
    expect(said).toHaveLength(4);
    expect(said.at(-1)).toBe('m: checking, 0 MiB of 1.00 GiB, 0 %');
  });

  it('is one line on a terminal, which ends before anything else is said', () => {
    const shown: string[] = [];
    const output = {
      say: (text: string) => void shown.push(`say ${text}`),
      rewrite: (text: string) => void shown.push(text),
    };
    const line = new ProgressLine('m', output, () => 0);
    line.tell(half);
    line.tell({ state: 'retrying', reason: 'no\u001B[2Jroute', retryAt: 'noon', attempt: 1 });
    line.tell({ state: 'done' });
    expect(shown).toEqual([
      'm: 512 MiB of 1.00 GiB, 50 %, 8.0 MiB/s, 64 s left',
      'say ',
      'm: no [2Jroute; attempt 2 follows at noon',
      'say ',
    ]);
  });
});

describe('the machine around a command', () => {
  it('tells how many requests the gateway is busy with, and nothing where there is no gateway', async () => {
    const { appliance } = await applianceWithModels();
    const socket = join(appliance.root, 'control.sock');
    expect(await requestsInFlight(socket)).toBeUndefined();
    const control = await openControl(socket, {
      reload: async () => {},
      hold: async () => ({ idle: true, inFlight: 0 }),
      resume: () => {},
      inFlight: 3,
      absences: [],
      usage: () => Promise.reject(new Error('This gateway was not to be asked.')),
    });
    expect(await requestsInFlight(socket)).toBe(3);
    await control.close();
  });

  it('takes the first Ctrl-C as a wish, and leaves the second to the system', () => {
    const listeners = () => ['SIGINT', 'SIGTERM'].map((name) => process.listenerCount(name));
    const before = listeners();
    const { signal, release } = onInterrupt();
    expect(signal.aborted).toBe(false);
    process.emit('SIGINT', 'SIGINT');
    expect([signal.aborted, listeners()[0]]).toEqual([true, before[0]]);
    release();
    expect(listeners()).toEqual(before);
  });
});
