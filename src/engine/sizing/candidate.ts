import type { ModelFacts } from '../../models/facts.ts';
import type { ModelRole } from '../../models/image-facts.ts';
import type { ModelSettings } from './memory.ts';

/** A model that may be served. */
export interface Candidate {
  readonly id: string;
  readonly roles: readonly ModelRole[];
  readonly facts: ModelFacts;
  /** Bytes of its adapters. */
  readonly adapters: number;
  /** Whether the context names it: then it is an error if it does not fit. */
  readonly asked: boolean;
}

/** What the context wishes. */
export interface Wishes {
  /** Tokens one chat request may use; undefined: as many as fit and are of use. */
  readonly contextSize: number | undefined;
  /** Threads that compute; 0: one for each core. */
  readonly cpuThreads: number;
}

/** A model with the settings it gets. */
export interface Sized {
  readonly candidate: Candidate;
  readonly settings: ModelSettings;
}

/** What somebody chats with, as opposed to what completes or embeds in the background. */
export function chats({ roles }: Candidate): boolean {
  return roles.includes('chat');
}

export function embedsOnly({ roles }: Candidate): boolean {
  return roles.every((role) => role === 'embed');
}

/** Context sizes worth having, the largest first. */
const chatSizes = [65_536, 49_152, 32_768, 24_576, 16_384, 12_288, 8192, 6144, 4096];
const completeSizes = [8192, 4096, 2048];
const embedSizes = [8192, 4096, 2048, 512];

/** From so many cores on, a prompt of more than 32,768 tokens is read in minutes, not in quarters of an hour. */
const coresForLongContexts = 8;

/**
 * Context sizes that this model may get, the largest first, each possible for it.
 * @param cores physical ones
 */
export function contextSizes(candidate: Candidate, wishes: Wishes, cores: number): readonly number[] {
  const { trainedContextSize } = candidate.facts;
  if (chats(candidate)) {
    if (wishes.contextSize !== undefined) return [Math.min(wishes.contextSize, trainedContextSize)];
    const useful = cores >= coresForLongContexts ? chatSizes : chatSizes.filter((size) => size <= 32_768);
    return atMost(useful, trainedContextSize);
  }
  const most = Math.min(trainedContextSize, wishes.contextSize ?? trainedContextSize);
  return atMost(embedsOnly(candidate) ? embedSizes : completeSizes, most);
}

function atMost(sizes: readonly number[], limit: number): readonly number[] {
  const possible = sizes.filter((size) => size <= limit);
  return possible.length > 0 ? possible : [limit];
}

/**
 * Tokens that go through the network together. The engine finishes a batch before it lets go of a client that has
 * left, so few cores get small ones: on two of them 512 tokens of a 1.5B model take three to five seconds, and batches of 128
 * cost a twentieth of the prompt's speed (`npm run bench:engine`).
 * @param cores physical ones
 */
function usualBatch(cores: number): number {
  if (cores >= 8) return 512;
  return cores >= 4 ? 256 : 128;
}

/** The least that makes sense for this model. */
export function smallest(candidate: Candidate, wishes: Wishes, cores: number): Sized {
  const contextSize = contextSizes(candidate, wishes, cores).at(-1) ?? candidate.facts.trainedContextSize;
  const settings: ModelSettings = {
    contextSize,
    slots: 1,
    batch: usualBatch(cores),
    embeds: embedsOnly(candidate),
    cacheType: 'f16',
    promptCache: 0,
    load: 'read',
    adapters: candidate.adapters,
  };
  return { candidate, settings: withContext(candidate, settings, contextSize) };
}

/** Which tokens of a text make its vector, where nothing else is said: as models with causal attention have it. */
export function poolingOf({ pooling }: ModelFacts): NonNullable<ModelFacts['pooling']> {
  return pooling ?? 'last';
}

/** Tokens of a batch that embeds and may be split: each has an output, which is as large as the vocabulary. */
const embeddingBatch = 128;

/**
 * As `settings`, with another context size. A text can be embedded in several batches where the last token alone
 * makes the vector (`can_split` in tools/server/server-context.cpp); elsewhere the batch bounds the text.
 */
export function withContext(
  candidate: Candidate,
  settings: ModelSettings,
  contextSize: number,
): ModelSettings {
  if (!embedsOnly(candidate)) return { ...settings, contextSize };
  const batch = poolingOf(candidate.facts) === 'last' ? Math.min(embeddingBatch, contextSize) : contextSize;
  return { ...settings, contextSize, batch };
}
