import type { ModelFacts } from '../../models/facts.ts';

export const kibibyte = 1024;
export const mebibyte = 1024 * kibibyte;
export const gibibyte = 1024 * mebibyte;

/** How the engine runs one model. */
export interface ModelSettings {
  /** Tokens that one request may use. */
  readonly contextSize: number;
  /** Requests at once, each with a context of its own. */
  readonly slots: number;
  /** Tokens that go through the network together. */
  readonly batch: number;
  /** Whether it only embeds: then every token of a batch has an output, and not the last alone. */
  readonly embeds: boolean;
  readonly cacheType: CacheType;
  /** Bytes of prompts kept beside the slots, at most; 0 for none. */
  readonly promptCache: number;
  /** Whether weights are pages of the file, which the kernel can drop, or in memory of their own. */
  readonly load: 'read' | 'mapped';
  /** Bytes of adapters. */
  readonly adapters: number;
}

/** Bytes of a number of the cache of keys and values. `q8_0`: 34 bytes for 32 numbers. */
const cacheTypeSizes = { f16: 2, q8_0: 34 / 32 } as const;
export type CacheType = keyof typeof cacheTypeSizes;

/** One thing that memory is needed for. */
export interface MemoryPart {
  readonly what: string;
  /** How the number comes about. */
  readonly how: string;
  readonly bytes: number;
}

/** Memory of the process that serves one model. */
export interface ModelMemory {
  /** What is the process's own, at most: the kernel can neither drop nor share it. */
  readonly anonymous: readonly MemoryPart[];
  /** Pages of the model's file, which the kernel can drop and read again. */
  readonly mapped: readonly MemoryPart[];
}

/** States kept for going back in a conversation, where tokens cannot be taken out of the memory one by one. */
export const checkpointsPerSlot = 8;

/**
 * What the engine needs for one model, as llama.cpp v0.5.0 allocates it: weights (src/llama-model-loader.cpp),
 * keys and values (src/llama-kv-cache.cpp), states (src/llama-memory-recurrent.cpp), buffers of the computation.
 * The last ones, and what the process needs by itself, were fitted to measurements; test/engine/sizing.test.ts
 * compares the sum with the peak of the real engine. Pure.
 */
export function modelMemory(facts: ModelFacts, settings: ModelSettings): ModelMemory {
  const weights = {
    what: 'weights',
    how:
      settings.load === 'read' ? 'read, and repacked for this CPU where that helps' : 'mapped from the file',
    bytes: facts.weights,
  };
  const own = [
    ...(facts.embeddingCopy > 0
      ? [{ what: 'embedding', how: 'repacked a second time as the output', bytes: facts.embeddingCopy }]
      : []),
    ...(settings.adapters > 0
      ? [{ what: 'adapters', how: 'as large as their files', bytes: settings.adapters }]
      : []),
    keysAndValues(facts, settings),
    ...states(facts, settings),
    ...(settings.promptCache > 0
      ? [{ what: 'prompt cache', how: 'at most, beside the slots', bytes: settings.promptCache }]
      : []),
    computation(facts, settings),
    processItself(facts),
  ];
  return settings.load === 'read'
    ? { anonymous: [weights, ...own], mapped: [] }
    : { anonymous: own, mapped: [weights] };
}

/** Sum of the parts, in bytes. */
export function bytesOf(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes of one slot's whole state: what the prompt cache has to have room for to keep a full context. */
export function fullSlot(facts: ModelFacts, settings: ModelSettings): number {
  const one = { ...settings, slots: 1 };
  return bytesOf([keysAndValues(facts, one), ...states(facts, one)]);
}

/**
 * Tokens that a cache has room for: the context, or window and batch where it looks back over a window only. Both
 * are rounded up to multiples of 256 (llama-context.cpp, llama-kv-cache-iswa.cpp).
 */
function cells(window: number | undefined, { contextSize, batch }: ModelSettings): number {
  const tokens = window === undefined ? contextSize : Math.min(contextSize, window + batch);
  return Math.ceil(tokens / 256) * 256;
}

function keysAndValues(facts: ModelFacts, settings: ModelSettings): MemoryPart {
  const { slots, cacheType, contextSize } = settings;
  const size = cacheTypeSizes[cacheType];
  const slot = facts.attention.reduce(
    (sum, { blocks, keys, values, window }) =>
      sum + blocks * (keys + values) * size * cells(window, settings),
    0,
  );
  const perToken = facts.attention.reduce(
    (sum, { blocks, keys, values, window }) =>
      sum + (window === undefined ? blocks * (keys + values) * size : 0),
    0,
  );
  return {
    what: 'keys and values',
    how: `${slots} × ${contextSize} tokens × ${(perToken / kibibyte).toFixed(1)} KiB, ${cacheType}`,
    bytes: Math.ceil(slot * slots),
  };
}

/** Bytes of a state that can be kept and gone back to: recurrent blocks whole, windows as far as they reach. */
function stateSize(facts: ModelFacts, settings: ModelSettings): number {
  const { recurrent } = facts;
  const windows = facts.attention.reduce(
    (sum, { blocks, keys, values, window }) =>
      sum +
      (window === undefined
        ? 0
        : blocks *
          (keys + values) *
          cacheTypeSizes[settings.cacheType] *
          Math.min(window, settings.contextSize)),
    0,
  );
  return (recurrent ? recurrent.blocks * recurrent.state * 4 : 0) + windows;
}

function states(facts: ModelFacts, settings: ModelSettings): MemoryPart[] {
  const { recurrent } = facts;
  const { slots } = settings;
  const kept = stateSize(facts, settings);
  return [
    ...(recurrent
      ? [
          {
            what: 'states',
            how: `${slots} × ${recurrent.blocks} recurrent blocks`,
            bytes: slots * recurrent.blocks * recurrent.state * 4,
          },
        ]
      : []),
    ...(kept > 0
      ? [
          {
            what: 'checkpoints',
            how: `${slots} × ${checkpointsPerSlot} states to go back to, at most`,
            bytes: Math.ceil(slots * checkpointsPerSlot * kept),
          },
        ]
      : []),
  ];
}

/** Bytes for each token of a batch that the gated delta net takes outside its buffers; fitted. */
const deltaNetScratch = 44 * kibibyte;

/**
 * Intermediate results of one batch. What is alive at once was found by measuring models of several shapes at
 * several batch and context sizes: three times the feed-forward network's middle and four of its outside; with
 * experts, twice the outside and the middle of each that works.
 */
function computation(facts: ModelFacts, { batch, contextSize, slots, embeds }: ModelSettings): MemoryPart {
  const { width, feedForward, experts, recurrent } = facts;
  const numbers = Math.max(
    3 * feedForward + 4 * width,
    experts ? experts.used * (2 * width + experts.feedForward) + 5 * width : 0,
    recurrent ? 3.5 * recurrent.channels : 0,
  );
  const windows = facts.attention.some(({ window }) => window !== undefined) ? 2 : 1;
  const mask = contextSize * 2 * windows;
  const rows = experts ? experts.all * experts.used * 8 : 0;
  const scratch = recurrent ? deltaNetScratch : 0;
  // Once computed and once handed out (llama-context.cpp, `output_reserve`), logits are there although nobody asked.
  const outputs = embeds ? 2 * batch : slots;
  return {
    what: 'computation',
    how: `${batch} tokens at once${embeds ? ', each with an output' : ''}`,
    bytes: Math.ceil(batch * (numbers * 4 + mask + rows + scratch) + outputs * facts.vocabulary * 4),
  };
}

/** The server by itself, and the texts of its vocabulary; fitted. */
function processItself({ vocabulary }: ModelFacts): MemoryPart {
  const bytes = 8 * mebibyte + 260 * vocabulary;
  return { what: 'process', how: `the server, ${vocabulary} tokens of vocabulary`, bytes };
}
