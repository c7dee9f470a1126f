import type { MetadataValue } from '../gguf/writer.ts';
import { type SmokeAnswer, smokeAnswerPieces } from './answers.ts';
import { byteTokens, learnMerges, type Merge, spell, unspell } from './byte-pairs.ts';
import { chatTemplate } from './chat-template.ts';
import { corpus } from './corpus.ts';

/** Merges to learn; with these, prose and code take about half a token per character. */
const mergeLimit = 480;

/** Qwen2.5-Coder's names, which llama.cpp knows by text as well, and the tokens that end our prompts. */
const controlTokens = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|fim_prefix|>',
  '<|fim_middle|>',
  '<|fim_suffix|>',
  '<|fim_pad|>',
  '<|repo_name|>',
  '<|file_sep|>',
  '<|smoke_chat|>',
  '<|smoke_long|>',
  '<|smoke_tool_call|>',
] as const;

export type ControlToken = (typeof controlTokens)[number];

/** Numbers of `enum llama_token_type`. */
const tokenTypes = { normal: 1, control: 3 } as const;

interface Chain {
  readonly answer: SmokeAnswer;
  /** The token that asks for the answer; the answer without one follows every other token. */
  readonly after?: ControlToken;
  readonly end: ControlToken;
}

const chains: readonly Chain[] = [
  { answer: 'chat', after: '<|smoke_chat|>', end: '<|im_end|>' },
  { answer: 'long', after: '<|smoke_long|>', end: '<|im_end|>' },
  { answer: 'toolCall', after: '<|smoke_tool_call|>', end: '<|im_end|>' },
  { answer: 'fim', after: '<|fim_middle|>', end: '<|endoftext|>' },
  { answer: 'text', end: '<|endoftext|>' },
];

export interface SmokeVocabulary {
  /** Every token by its id, spelled as in the file. Ordinary tokens first, then control tokens, then answers. */
  readonly tokens: readonly string[];
  readonly merges: readonly Merge[];
  /** Tokens with ids below this are what text is made of. */
  readonly ordinaryCount: number;
  /** The token after each token that has one of its own. */
  readonly successors: ReadonlyMap<number, number>;
  /** The token after every other token. */
  readonly defaultSuccessor: number;
  /** @throws RangeError when there is no such token. */
  id(token: string): number;
  /** What the token prints: nothing for a control token. */
  bytes(id: number): Uint8Array;
}

function buildVocabulary(): SmokeVocabulary {
  const merges = learnMerges(corpus, mergeLimit);
  const ordinary = [...new Set([...byteTokens, ...merges.map(([left, right]) => left + right)])];
  const answers = Object.values(smokeAnswerPieces).flatMap((pieces) => pieces.map(spell));
  const tokens: readonly string[] = [...ordinary, ...controlTokens, ...answers];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  if (ids.size !== tokens.length) {
    const repeated = tokens.filter((token, id) => ids.get(token) !== id);
    throw new RangeError(`tokens that occur twice: ${repeated.join(' ')}`);
  }
  const id = (token: string): number => {
    const found = ids.get(token);
    if (found === undefined) throw new RangeError(`no token ${token}`);
    return found;
  };
  const successors = new Map<number, number>();
  for (const { answer, after, end } of chains) {
    const chain = [...(after ? [after] : []), ...smokeAnswerPieces[answer].map(spell), end].map(id);
    chain.forEach((token, index) => {
      const next = chain[index + 1];
      if (next !== undefined) successors.set(token, next);
    });
  }
  const firstAnswer = ordinary.length + controlTokens.length;
  return {
    tokens,
    merges,
    ordinaryCount: ordinary.length,
    successors,
    defaultSuccessor: id(spell(smokeAnswerPieces.text[0])),
    id,
    bytes(token) {
      const isControl = token >= ordinary.length && token < firstAnswer;
      return isControl ? new Uint8Array() : unspell(tokens[token] ?? '');
    },
  };
}

/** The tokenizer of both test models, and what the smoke model says after each token. */
export const smokeVocabulary: SmokeVocabulary = buildVocabulary();

/** `tokenizer.*` of both test models. */
export function tokenizerMetadata(): Record<string, MetadataValue> {
  const { tokens, merges, id } = smokeVocabulary;
  const controls = new Set<string>(controlTokens);
  const idOf = (token: ControlToken): MetadataValue => ({ kind: 'uint32', value: id(token) });
  return {
    'tokenizer.ggml.model': { kind: 'string', value: 'gpt2' },
    'tokenizer.ggml.pre': { kind: 'string', value: 'qwen2' },
    'tokenizer.ggml.tokens': { kind: 'strings', value: tokens },
    'tokenizer.ggml.token_type': {
      kind: 'int32s',
      value: tokens.map((token) => (controls.has(token) ? tokenTypes.control : tokenTypes.normal)),
    },
    'tokenizer.ggml.merges': { kind: 'strings', value: merges.map((merge) => merge.join(' ')) },
    'tokenizer.ggml.bos_token_id': idOf('<|endoftext|>'),
    'tokenizer.ggml.eos_token_id': idOf('<|im_end|>'),
    'tokenizer.ggml.padding_token_id': idOf('<|endoftext|>'),
    'tokenizer.ggml.add_bos_token': { kind: 'bool', value: false },
    'tokenizer.ggml.fim_pre_token_id': idOf('<|fim_prefix|>'),
    'tokenizer.ggml.fim_suf_token_id': idOf('<|fim_suffix|>'),
    'tokenizer.ggml.fim_mid_token_id': idOf('<|fim_middle|>'),
    'tokenizer.ggml.fim_pad_token_id': idOf('<|fim_pad|>'),
    'tokenizer.ggml.fim_rep_token_id': idOf('<|repo_name|>'),
    'tokenizer.ggml.fim_sep_token_id': idOf('<|file_sep|>'),
    'tokenizer.chat_template': { kind: 'string', value: chatTemplate },
  };
}
