import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import type { AnswerCollector } from './dialect.ts';
import { done, engineEvent } from './openai.ts';

/** Puts the parts of a streamed `text_completion` together; the engine's last part has the usage. */
export function completionCollector(model: string): AnswerCollector {
  const logprobs: JsonValue[] = [];
  let text = '';
  let head: JsonObject = {};
  let finishReason: JsonValue = null;
  let isDone = false;
  return {
    next(data) {
      if (data === done) {
        isDone = true;
        return;
      }
      const { choices, ...part } = engineEvent(data);
      head = { ...head, ...part };
      const choice = Array.isArray(choices) ? choices[0] : undefined;
      if (!isJsonObject(choice)) return;
      if (typeof choice.text === 'string') text += choice.text;
      finishReason = choice.finish_reason ?? finishReason;
      if (isJsonObject(choice.logprobs) && Array.isArray(choice.logprobs.content)) {
        logprobs.push(...choice.logprobs.content);
      }
    },
    get answer() {
      if (!isDone) return undefined;
      const known = logprobs.length > 0 ? { content: logprobs } : null;
      return { ...head, model, choices: [{ text, index: 0, logprobs: known, finish_reason: finishReason }] };
    },
  };
}
