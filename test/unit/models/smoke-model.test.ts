import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkGguf } from '../../../src/models/gguf/header.ts';
import { BakedModel } from '../../../src/models/image-facts.ts';
import { smokeAnswerPieces, smokeAnswers } from '../../../src/models/smoke/answers.ts';
import { spell, unspell } from '../../../src/models/smoke/byte-pairs.ts';
import { automatonWeights } from '../../../src/models/smoke/smoke-model.ts';
import { type ControlToken, smokeVocabulary } from '../../../src/models/smoke/vocabulary.ts';
import {
  generateSmokeModels,
  randomModel,
  smokeModel,
  writeSmokeModel,
} from '../../../src/models/smoke/write.ts';

const { tokens, successors, defaultSuccessor, id, bytes } = smokeVocabulary;
const ends: readonly number[] = [id('<|endoftext|>'), id('<|im_end|>')];

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** What the automaton prints after `token`, strictly decoded, and the tokens it takes with the end. */
function answerAfter(token: number): { text: string; count: number } {
  const printed: Uint8Array[] = [];
  let next = successors.get(token) ?? defaultSuccessor;
  while (!ends.includes(next)) {
    printed.push(bytes(next));
    if (printed.length > tokens.length) throw new Error(`no end after ${tokens[token]}`);
    next = successors.get(next) ?? defaultSuccessor;
  }
  const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(printed));
  return { text, count: printed.length + 1 };
}

describe('the automaton', () => {
  it('says valid UTF-8 and ends, whatever token comes last', () => {
    for (const token of tokens.keys()) expect(() => answerAfter(token)).not.toThrow();
  });

  it.each<[keyof typeof smokeAnswers, ControlToken | 'a']>([
    ['chat', '<|smoke_chat|>'],
    ['long', '<|smoke_long|>'],
    ['toolCall', '<|smoke_tool_call|>'],
    ['fim', '<|fim_middle|>'],
    ['text', 'a'],
  ])('says the %s answer after %s', (answer, token) => {
    expect(answerAfter(id(token))).toEqual({
      text: smokeAnswers[answer],
      count: smokeAnswerPieces[answer].length + 1,
    });
  });

  it('has a weight for every link, at least 100 logits above any other token', () => {
    const { width, embeddings, links, bias } = automatonWeights();
    const distinct = new Set([...successors.keys(), id('a')]);
    for (const token of distinct) {
      const embedding = embeddings.subarray(token * width, (token + 1) * width);
      const logits = bias.map((start, other) =>
        embedding.reduce((sum, value, i) => sum + value * (links[other * width + i] ?? 0), start),
      );
      const expected = successors.get(token) ?? defaultSuccessor;
      const winning = logits[expected] ?? 0;
      logits[expected] = Number.NEGATIVE_INFINITY;
      expect(winning - logits.reduce((most, logit) => Math.max(most, logit))).toBeGreaterThan(100);
    }
  });

  it('spells every byte in a character of its own', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(new Set(smokeVocabulary.tokens.slice(0, 256)).size).toBe(256);
    expect(unspell(tokens.slice(0, 256).join(''))).toEqual(all);
    expect(spell(' a\n')).toBe('ĠaĊ');
  });
});

describe('the model files', () => {
  it('have the same bytes every time', () => {
    expect(sha256(smokeModel())).toBe('1f4a9844880593c1623174009612c8e465d2e3c65e0ee03fe3f81b24936fa371');
    expect(sha256(randomModel())).toBe('e04560cfafb4dfc08ca9d4b1a4d5a54459aac36971e4f46341b7202a444dc392');
    expect(sha256(smokeModel())).toBe(sha256(smokeModel()));
  });

  it('are small', () => {
    expect(smokeModel().length).toBeLessThan(1_500_000);
    expect(randomModel().length).toBeLessThan(1_300_000);
  });

  it('are written whole, and as image.json says', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'onepilot-models-'));
    try {
      const { smoke, random } = await generateSmokeModels(directory);
      expect(readdirSync(directory).sort()).toEqual(['onepilot-random.gguf', 'onepilot-smoke.gguf']);
      expect(checkGguf(smoke).tensors).toHaveLength(16);
      expect(checkGguf(random).tensors).toHaveLength(52);
      const baked = BakedModel.parse(await writeSmokeModel(directory));
      expect(sha256(readFileSync(join(directory, baked.file)))).toBe(baked.sha256);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('say in their metadata what they are', () => {
    for (const model of [smokeModel(), randomModel()]) {
      expect(Buffer.from(model).toString('latin1', 0, 2000)).toMatch(/test automaton.*no copilot/s);
    }
  });
});
