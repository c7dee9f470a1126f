import type { Engine } from './llama-server.ts';

/** What the engine says of its slots from a moment on. */
export interface SlotLog {
  /** Requests that a slot has begun with. */
  begun(): Promise<number>;
  /** For each slot that was let go, the tokens in it: of the prompt as far as it was read, and of the answer. */
  released(): Promise<number[]>;
}

/** The log of `engine` from now on. */
export async function slotLog(engine: Pick<Engine, 'log'>): Promise<SlotLog> {
  const from = (await engine.log()).length;
  const all = async (pattern: RegExp) => [...(await engine.log()).slice(from).matchAll(pattern)];
  return {
    begun: async () => (await all(/launch_slot_: .*processing task/g)).length,
    released: async () =>
      (await all(/release: .*stop processing: n_tokens = (\d+)/g)).map(([, tokens]) => Number(tokens)),
  };
}
