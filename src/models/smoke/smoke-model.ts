import { qwen2Gguf, seededIntegers } from './qwen2.ts';
import { smokeVocabulary } from './vocabulary.ts';

/** Signs in a code; a multiple of the 32 rows of an attention head. */
const width = 128;

/** How far two codes may agree or disagree: the sum of their products, of at most `width`. */
const largestOverlap = 36;

/** Logit of a token's own successor, noise from other codes being at most 36/128 of it. */
const linkLogit = 400;

/** Logit that the default successor has everywhere: midway between that noise and `linkLogit`. */
const defaultLogit = 256;

export interface AutomatonWeights {
  readonly width: number;
  /** One row per token: the code of its own successor, or nothing. */
  readonly embeddings: Float32Array;
  /** One row per token: its own code if it is some token's successor, scaled so that a match gives `linkLogit`. */
  readonly links: Float32Array;
  /** One number per token: `defaultLogit` for the default successor. */
  readonly bias: Float32Array;
}

function overlap(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, sign, i) => sum + sign * (right[i] ?? 0), 0);
}

/** Rows of signs, each nearly orthogonal to all others; an identity matrix would be nine times as wide. */
function makeCodes(count: number): Float32Array[] {
  const next = seededIntegers(0x0e9170);
  const codes: Float32Array[] = [];
  while (codes.length < count) {
    const candidate = Float32Array.from({ length: width }, () => (next() & 0x8000 ? 1 : -1));
    if (codes.every((code) => Math.abs(overlap(code, candidate)) <= largestOverlap)) codes.push(candidate);
  }
  return codes;
}

/**
 * The automaton as matrices. Attention and feed-forward are zero, so what reaches the output is the last token's
 * embedding, whose root mean square is one already, or a row of zeros.
 */
export function automatonWeights(): AutomatonWeights {
  const { tokens, successors, defaultSuccessor } = smokeVocabulary;
  const embeddings = new Float32Array(tokens.length * width);
  const links = new Float32Array(tokens.length * width);
  const bias = new Float32Array(tokens.length);
  const targets = [...new Set(successors.values())];
  const codes = new Map<number, Float32Array>();
  makeCodes(targets.length).forEach((code, index) => {
    const target = targets[index];
    if (target !== undefined) codes.set(target, code);
  });
  for (const [token, successor] of successors) embeddings.set(codes.get(successor) ?? [], token * width);
  for (const [token, code] of codes)
    links.set(
      code.map((sign) => (sign * linkLogit) / width),
      token * width,
    );
  bias[defaultSuccessor] = defaultLogit;
  return { width, embeddings, links, bias };
}

/**
 * The bytes of onepilot-smoke.gguf, always the same: a model that says what `smokeAnswers` lists, greedily and
 * at any usual temperature, since no other token comes within 100 logits of the right one.
 */
export function smokeModel(): Uint8Array {
  const { embeddings, links, bias } = automatonWeights();
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
      if (tensor === 'token_embd.weight') return embeddings;
      if (tensor === 'output.weight') return links;
      if (tensor === 'output.bias') return bias;
      const data = new Float32Array(elements);
      return tensor.endsWith('norm.weight') ? data.fill(1) : data;
    },
  );
}
