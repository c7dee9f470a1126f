import * as z from 'zod';
import type { PresetModel } from './preset-models.ts';

/** Tokens of the prompt that is read, and of the answer that is written. */
export const promptTokens = 512;
export const answerTokens = 64;
const repetitions = 3;

/** The part of an entry of `llama-bench --output json` that is read (llama.cpp v0.5.0, tools/llama-bench). */
const Entries = z
  .array(
    z.object({
      n_prompt: z.int(),
      n_gen: z.int(),
      n_threads: z.int(),
      n_ubatch: z.int(),
      avg_ts: z.number(),
      stddev_ts: z.number(),
    }),
  )
  .min(1);

/** What was measured; rates in tokens per second, each with its standard deviation. */
export interface Measured {
  readonly threads: number;
  readonly batch: number;
  readonly prompt: Rate | null;
  readonly answer: Rate | null;
}

export interface Rate {
  readonly tokens: number;
  readonly rate: number;
  readonly deviation: number;
}

/**
 * The command that measures a model with the settings of its preset: as the engine's user, since it parses a file
 * from elsewhere, and the first to go when memory runs short.
 */
export function benchCommand(
  program: string,
  { path, options }: PresetModel,
): readonly [string, ...string[]] {
  const isEmbedding = options.get('embeddings') === 'true';
  const wanted = (name: string, key = name): string[] => {
    const found = options.get(key);
    return found === undefined ? [] : [`--${name}`, found];
  };
  return [
    'env',
    'GOMP_SPINCOUNT=1000',
    'choom',
    '--adjust',
    '1000',
    '--',
    'setpriv',
    '--reuid=onepilot-engine',
    '--regid=onepilot-engine',
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--',
    program,
    '--model',
    path,
    '--n-prompt',
    String(promptTokens),
    '--n-gen',
    String(isEmbedding ? 0 : answerTokens),
    '--repetitions',
    String(repetitions),
    ...wanted('threads'),
    ...wanted('batch-size'),
    ...wanted('ubatch-size'),
    ...wanted('flash-attn'),
    ...wanted('cache-type-k'),
    ...wanted('cache-type-v'),
    ...wanted('load-mode'),
    ...wanted('numa'),
    ...(isEmbedding ? ['--embeddings', '1'] : []),
    '--offline',
    '--output',
    'json',
  ];
}

/** What `llama-bench` printed; undefined when it is something else. Pure. */
export function parseMeasured(output: string): Measured | undefined {
  const entries = Entries.safeParse(jsonOf(output)).data;
  const [first] = entries ?? [];
  if (!entries || !first) return undefined;
  const rateOf = (kind: 'n_prompt' | 'n_gen'): Rate | null => {
    const entry = entries.find((candidate) => candidate[kind] > 0);
    return entry ? { tokens: entry[kind], rate: entry.avg_ts, deviation: entry.stddev_ts } : null;
  };
  return {
    threads: first.n_threads,
    batch: first.n_ubatch,
    prompt: rateOf('n_prompt'),
    answer: rateOf('n_gen'),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
