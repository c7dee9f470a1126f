import { qwen2Gguf, seededIntegers } from './qwen2.ts';
import { smokeVocabulary } from './vocabulary.ts';

/** Uniform numbers of variance one: no logarithm or cosine, whose last bit may differ between machines. */
function seededWeights(seed: number): () => number {
  const next = seededIntegers(seed);
  const range = 2 * Math.sqrt(3);
  return () => (next() / 2 ** 32 - 0.5) * range;
}

/**
 * How much stronger than variance-preserving the weights are: queries and keys, so that attention picks rather
 * than averages; values, so that what it picks outweighs the token itself; output, for clear winners.
 */
function gain(tensor: string): number {
  if (/attn_[qk]\.weight$/.test(tensor)) return 1.6;
  if (/attn_(v|output)\.weight$/.test(tensor)) return 2;
  if (tensor === 'output.weight') return 6;
  return 1;
}

/** 0 for tokens of printable ASCII, far below any logit for the rest: the end tokens among them. */
function outputBias(): Float32Array {
  const { tokens, ordinaryCount, bytes } = smokeVocabulary;
  return Float32Array.from(tokens, (_, token) => {
    const printable = token < ordinaryCount && bytes(token).every((byte) => byte >= 0x20 && byte < 0x7f);
    return printable ? 0 : -10_000;
  });
}

/**
 * The bytes of onepilot-random.gguf, always the same: random weights with attention at work, so what it says next
 * depends on every token before. Its gibberish is printable ASCII and never ends by itself: limit its tokens.
 */
export function randomModel(): Uint8Array {
  const weight = seededWeights(0x5eed);
  return qwen2Gguf(
    {
      name: 'OnePilot random model (test automaton)',
      description:
        'Random weights, no copilot: it says gibberish that depends on the whole prompt, and serves to test the handling of the cache in OnePilot.',
      // Observed: with two, a thousand equal tokens at the end hid the only different one before them; with six
      // rounding showed in one of twelve answers to a cached prompt.
      blocks: 4,
      width: 64,
      feedForward: 128,
    },
    (tensor, columns, elements) => {
      if (tensor === 'output.bias') return outputBias();
      const data = new Float32Array(elements);
      if (tensor.endsWith('norm.weight')) return data.fill(1);
      if (tensor.endsWith('.bias')) return data;
      const scale = tensor === 'token_embd.weight' ? 1 : gain(tensor) / Math.sqrt(columns);
      return data.map(() => weight() * scale);
    },
  );
}
