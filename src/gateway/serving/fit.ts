import type { Exchange } from '../dialects/dialect.ts';
import { tooLong } from '../engine-faults.ts';
import type { JsonValue } from '../json.ts';
import type { GatewayModel } from '../models.ts';
import type { AsideOptions } from '../relay/ask-aside.ts';
import { countPrompt, countText } from '../tokens/count-prompt.ts';

/** Tokens that a chat template adds at most: to a prompt with its tools, and to each message. */
const templateTokens = { prompt: 1024, message: 64 } as const;

/**
 * Refuses a prompt that cannot fit, before it waits for its turn. A token stands for at least one byte, so a request
 * that is smaller than the context need not be counted; `/infill` shortens its prompt by itself.
 * Throws the fault of a prompt that is too long.
 * @param size Bytes of the request's body; undefined where nobody said.
 * @returns tokens of the prompt, where they were counted.
 */
export async function requireFit(
  { path, body }: Exchange,
  { id, contextSize }: Pick<GatewayModel, 'id' | 'contextSize'>,
  size: number | undefined,
  signal: AbortSignal,
  options: AsideOptions,
): Promise<number | undefined> {
  if (path === '/infill') return undefined;
  const messages = Array.isArray(body.messages) ? body.messages.length : 0;
  const most = (size ?? Number.POSITIVE_INFINITY) + templateTokens.prompt + messages * templateTokens.message;
  if (most < contextSize) return undefined;
  const tokens =
    path === '/v1/chat/completions'
      ? await countPrompt(body, id, signal, options)
      : await countRaw(body.prompt, id, signal, options);
  if (tokens !== undefined && tokens >= contextSize) throw tooLong(tokens, contextSize);
  return tokens;
}

/** Of a prompt that is no chat: a text, an array with one, or tokens. */
async function countRaw(
  prompt: JsonValue | undefined,
  model: string,
  signal: AbortSignal,
  options: AsideOptions,
): Promise<number | undefined> {
  const only = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt;
  if (typeof only === 'string') return countText(only, model, signal, options);
  return Array.isArray(only) ? only.length : undefined;
}
