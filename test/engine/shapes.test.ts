import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { engineDirectory } from '../../src/builder/engine-directory.ts';
import { type ShapeName, shapes } from '../../src/models/random/shapes.ts';
import { writeRandomModel } from '../../src/models/random/write.ts';
import { startEngine } from './support/llama-server.ts';

const smallShapes = [
  'dense-small',
  'experts-small',
  'hybrid-small',
  'hybrid-experts-small',
  'window-small',
] as const satisfies readonly ShapeName[];

const Completion = z.object({
  content: z.string(),
  tokens_predicted: z.int(),
  stop_type: z.string(),
  completion_probabilities: z.array(z.object({ logprob: z.number() })),
});

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-shapes-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What llama-quantize says a model's tensors take, and would take if it chose their types. */
async function quantizedSizes(model: string, quantization: string): Promise<(string | undefined)[]> {
  const { stdout, stderr } = await promisify(execFile)(join(await engineDirectory(), 'llama-quantize'), [
    '--allow-requantize',
    '--dry-run',
    model,
    `${model}.never-written`,
    quantization,
  ]);
  return ['model', 'quant'].map((which) => new RegExp(`${which} size += +(.*)`).exec(stdout + stderr)?.[1]);
}

describe.each(smallShapes)('a random model in the shape %s', (shape) => {
  const model = () => join(directory, `${shape}.gguf`);
  beforeAll(() => writeRandomModel(model(), shape));
  afterAll(() => rm(model(), { force: true }));

  it('has the tensor types that llama-quantize chooses', async () => {
    const [actual, chosen] = await quantizedSizes(model(), shapes[shape].quantization);
    expect(actual).toMatch(/ MiB /);
    expect(chosen).toBe(actual);
  });

  it('loads in llama-server and answers with as much printable text as it is asked for', async () => {
    const engine = await startEngine({
      models: {
        [shape]: { model: model(), 'load-mode': 'none', 'flash-attn': 'on', 'ctx-size': 4096, parallel: 1 },
      },
    });
    try {
      const complete = async (prompt: string) => {
        const answer = await engine.call('/completion', {
          model: shape,
          prompt,
          n_predict: 16,
          n_probs: 1,
          seed: 1,
        });
        expect(answer.status, answer.text).toBe(200);
        return Completion.parse(JSON.parse(answer.text));
      };
      const first = await complete('Return the value of the file.');
      expect(first.content).toMatch(/^[ -~]+$/);
      expect(first.tokens_predicted).toBe(16);
      expect(first.stop_type).toBe('limit');
      // Activations that are no numbers would end as null, all equal, or as the same answer to everything.
      const logarithms = first.completion_probabilities.map(({ logprob }) => logprob);
      expect(new Set(logarithms).size).toBeGreaterThan(8);
      expect((await complete('Something else altogether?')).content).not.toBe(first.content);
    } finally {
      await engine.stop();
    }
  });
});
