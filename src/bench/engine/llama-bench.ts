import * as z from 'zod';
import type { Shell } from '../../builder/shell.ts';
import { ScriptFailure } from '../../cli/run-script.ts';
import type { ModelSettings } from '../../engine/sizing/memory.ts';

/** The part of an entry of `llama-bench --output json` that is read (llama.cpp v0.5.0, tools/llama-bench). */
const Entry = z.object({
  n_prompt: z.int(),
  n_gen: z.int(),
  n_depth: z.int(),
  n_ubatch: z.int(),
  n_threads: z.int(),
  /** Tokens a second, one for each repetition. */
  samples_ts: z.array(z.number().positive()).min(1),
});
export type LlamaBenchEntry = z.infer<typeof Entry>;

export interface LlamaBenchTest {
  readonly path: string;
  readonly threads: number;
  readonly settings: Pick<ModelSettings, 'batch' | 'cacheType' | 'load'>;
  /** Tokens of a prompt to read, generated tokens, and tokens before those; 0 for no such test. */
  readonly prompt: number;
  readonly generated: number;
  readonly depth: number;
}

/** Words after `llama-bench` that make it compute as a preset of these settings does. */
export function llamaBenchArguments(test: LlamaBenchTest): string[] {
  const { path, threads, settings, prompt, generated, depth } = test;
  const { batch, cacheType, load } = settings;
  // It has no option against repacking, which mapped weights are served without.
  if (load !== 'read')
    throw new ScriptFailure('llama-bench can only be compared with weights that are read.');
  const options = {
    model: path,
    threads,
    'n-prompt': prompt,
    'n-gen': generated,
    'n-depth': depth,
    'batch-size': batch,
    'ubatch-size': batch,
    'flash-attn': 'on',
    'cache-type-k': cacheType,
    'cache-type-v': cacheType,
    'load-mode': 'none',
    repetitions: 1,
    output: 'json',
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** @throws ScriptFailure when it is not what llama-bench prints */
export function parseLlamaBench(output: string): LlamaBenchEntry[] {
  const parsed = z.array(Entry).min(1).safeParse(jsonOf(output));
  if (parsed.success) return parsed.data;
  throw new ScriptFailure(
    `llama-bench printed something else than results:\n${z.prettifyError(parsed.error)}`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Runs one test. @returns tokens a second */
export async function runLlamaBench(
  program: string,
  test: LlamaBenchTest,
  environment: Readonly<Record<string, string>>,
  shell: Shell,
): Promise<number> {
  const output = await shell.run([program, ...llamaBenchArguments(test)], { env: environment });
  const [rate] = parseLlamaBench(output).flatMap(({ samples_ts }) => samples_ts);
  return rate ?? Number.NaN;
}
