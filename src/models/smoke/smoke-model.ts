import { qwen2Gguf, seededIntegers } from './qwen2.ts';
import { smokeVocabulary } from './vocabulary.ts';

/**
 * Inputs of the output matrix. Fewer than there are tokens: instead of a row of the identity each token has a
 * row of random signs, which are nearly orthogonal, so the product of two different rows is noise.
 */
const width = 128;

/** Logit of a token's own successor, and of the default one. Noise stays below both by a wide margin. */
const linkLogit = 400;
const defaultLogit = 300;

export interface AutomatonWeights {
  readonly width: number;
  /** One row of signs per token. */
  readonly codes: Float32Array;
  /** One row per token: the sum of its predecessors' signs, scaled so that a match gives `linkLogit`. */
  readonly links: Float32Array;
  /** `defaultLogit` for the default successor, else 0. */
  readonly bias: Float32Array;
}

/**
 * The automaton as matrices. Attention and feed-forward are zero, so what reaches the output is the last token's
 * signs, whose root mean square is one already.
 */
export function automatonWeights(): AutomatonWeights {
  const { tokens, successors, defaultSuccessor } = smokeVocabulary;
  const next = seededIntegers(0x0e9170);
  const codes = Float32Array.from({ length: tokens.length * width }, () => (next() & 0x8000 ? 1 : -1));
  const links = new Float32Array(tokens.length * width);
  for (const [token, successor] of successors) {
    for (let i = 0; i < width; i++) {
      const at = successor * width + i;
      links[at] = (links[at] ?? 0) + ((codes[token * width + i] ?? 0) * linkLogit) / width;
    }
  }
  const bias = new Float32Array(tokens.length);
  bias[defaultSuccessor] = defaultLogit;
  return { width, codes, links, bias };
}

/**
 * The bytes of onepilot-smoke.gguf, always the same: a model that says what `smokeAnswers` lists, greedily and
 * at any usual temperature, since no other token comes within 70 logits of the right one.
 */
export function smokeModel(): Uint8Array {
  const { codes, links, bias } = automatonWeights();
  return qwen2Gguf(
    {
      name: 'OnePilot smoke model (test automaton)',
      description:
        'A test automaton, no copilot: each token leads to one fixed next token, whatever was asked. It knows nothing and serves to test OnePilot.',
      blocks: 1,
      width,
      feedForward: 32,
    },
    (tensor, _columns, elements) => {
      if (tensor === 'token_embd.weight') return codes;
      if (tensor === 'output.weight') return links;
      if (tensor === 'output.bias') return bias;
      const data = new Float32Array(elements);
      return tensor.endsWith('norm.weight') ? data.fill(1) : data;
    },
  );
}
