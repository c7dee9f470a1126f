import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelSettings } from '../../engine/sizing/memory.ts';
import { seededIntegers } from '../../models/smoke/qwen2.ts';

/** Sends one request to the engine and waits for the whole answer. */
export type Call = (path: string, body: unknown) => Promise<unknown>;

/** Milliseconds between two looks; buffers are allocated once and stay. */
const interval = 10;

/** Tokens of the printable middle of the test vocabulary, so that prompts are made of what the model knows. */
const firstToken = 300;
const tokenCount = 600;

/**
 * Makes the engine use all the memory that its settings allow for a model: full contexts in every slot at once, so
 * many conversations of so many turns that prompt cache and checkpoints are full.
 * @param oneSlot bytes of a full slot
 */
export async function exhaust(
  model: string,
  settings: ModelSettings,
  oneSlot: number,
  call: Call,
): Promise<void> {
  const next = seededIntegers(0x51_2e);
  const tokensFor = (size: number) => Array.from({ length: size }, () => firstToken + (next() % tokenCount));
  if (settings.embeds) {
    for (let text = 0; text < 3; text++) {
      await call('/v1/embeddings', { model, input: tokensFor(settings.contextSize - 16) });
    }
    return;
  }
  const conversations = 1 + Math.ceil(settings.promptCache / oneSlot / settings.slots);
  for (let round = 0; round <= conversations; round++) {
    const slots = Array.from({ length: settings.slots }, async (_, slot) => {
      const tokens = tokensFor(settings.contextSize - 16);
      for (const share of [0.6, 0.7, 0.8, 0.9, 1]) {
        const prompt = tokens.slice(0, Math.floor(tokens.length * share));
        await call('/completion', { model, prompt, n_predict: 4, ignore_eos: true, id_slot: slot });
      }
    });
    await Promise.all(slots);
  }
}

/** The highest anonymous memory in bytes (`RssAnon` of proc(5)) that process `pid` has while `work` runs. */
export async function peakAnonymous(pid: number, work: () => Promise<void>): Promise<number> {
  let peak = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      peak = Math.max(peak, await anonymous(pid));
      await sleep(interval);
    }
  })();
  try {
    await work();
  } finally {
    isOver = true;
    await watching;
  }
  return peak;
}

async function anonymous(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** The processes whose parent is `pid`. */
export async function childrenOf(pid: number): Promise<number[]> {
  const entries = await readdir('/proc');
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(
    pids.map(async (child) => {
      const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '');
      return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
    }),
  );
  return pids.filter((_, index) => parents[index] === pid);
}
