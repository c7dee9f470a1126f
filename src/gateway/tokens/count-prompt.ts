import { fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { type AsideOptions, askAside } from '../relay/ask-aside.ts';

/**
 * Tokens of the prompt that `body`, a request for a chat completion, becomes: template, tools and all. Needs no slot.
 * Throws the fault to answer with; rejects when `signal` aborts.
 */
export async function countPrompt(
  body: JsonObject,
  model: string,
  signal: AbortSignal,
  options: AsideOptions,
): Promise<number> {
  const answer = await askAside('/v1/chat/completions/input_tokens', { ...body, model }, signal, options);
  if (typeof answer.input_tokens !== 'number') throw fault('engine_failed', {});
  return answer.input_tokens;
}

/** Tokens of `text` as it stands, with what the model begins every text with. Throws as `countPrompt` does. */
export async function countText(
  text: string,
  model: string,
  signal: AbortSignal,
  options: AsideOptions,
): Promise<number> {
  const body = { model, content: text, add_special: true };
  const { tokens } = await askAside('/tokenize', body, signal, options);
  if (!Array.isArray(tokens)) throw fault('engine_failed', {});
  return tokens.length;
}
