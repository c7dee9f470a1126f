import type { JsonObject, JsonValue } from '../json.ts';

/** OpenAI's `finish_reason` of the engine's answer to `/infill`, or of a part of it; null while it goes on. */
export function finishReason({ stop, stop_type }: JsonObject): string | null {
  if (stop !== true) return null;
  return stop_type === 'eos' || stop_type === 'word' ? 'stop' : 'length';
}

/** OpenAI's `usage` from the last part (llama.cpp v0.5.0, `to_json_non_oaicompat`). */
export function usageOf({ tokens_evaluated, tokens_predicted }: JsonObject): JsonObject {
  const prompt = countOf(tokens_evaluated);
  const answer = countOf(tokens_predicted);
  return { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer };
}

function countOf(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
