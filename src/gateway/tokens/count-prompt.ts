import { readText } from '../../engine/client.ts';
import { fault } from '../fault.ts';
import { isJsonObject, type JsonObject, parseJson } from '../json.ts';
import { type AskingOptions, askEngine } from '../relay/ask-engine.ts';

/**
 * Tokens of the prompt that `body`, a request for a chat completion, becomes: template, tools and all. Needs no slot.
 * Throws the fault to answer with; rejects when `signal` aborts.
 */
export async function countPrompt(
  body: JsonObject,
  model: string,
  signal: AbortSignal,
  options: AskingOptions,
): Promise<number> {
  const answer = await askObject('/v1/chat/completions/input_tokens', { ...body, model }, signal, options);
  if (typeof answer.input_tokens !== 'number') throw fault('engine_failed', {});
  return answer.input_tokens;
}

/** Tokens of `text` as it stands, with what the model begins every text with. Throws as `countPrompt` does. */
export async function countText(
  text: string,
  model: string,
  signal: AbortSignal,
  options: AskingOptions,
): Promise<number> {
  const body = { model, content: text, add_special: true };
  const { tokens } = await askObject('/tokenize', body, signal, options);
  if (!Array.isArray(tokens)) throw fault('engine_failed', {});
  return tokens.length;
}

async function askObject(path: string, body: JsonObject, signal: AbortSignal, options: AskingOptions) {
  const response = await askEngine(path, body, signal, options);
  const answer = parseJson(await readText(response.body));
  if (!isJsonObject(answer)) throw fault('engine_failed', {});
  return answer;
}
