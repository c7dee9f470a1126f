import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/** Anthropic's `usage` while nothing is known. */
export const noTokens: JsonObject = usage(0, 0, 0);

/** Anthropic's `usage` for OpenAI's; `undefined` for what is none. Anthropic counts what was cached apart. */
export function usageOf(value: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const details = isJsonObject(value.prompt_tokens_details) ? value.prompt_tokens_details : {};
  const cached = tokens(details.cached_tokens);
  return usage(Math.max(0, tokens(value.prompt_tokens) - cached), cached, tokens(value.completion_tokens));
}

function usage(input: number, cached: number, output: number): JsonObject {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: output,
  };
}

function tokens(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
