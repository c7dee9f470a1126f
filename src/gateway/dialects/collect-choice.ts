import { done } from '../engine-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import type { AnswerCollector } from './dialect.ts';

/** What the parts of a stream have in common, once all have come. */
interface Collected {
  /** Everything beside the choices; a later part's value counts. */
  readonly head: JsonObject;
  readonly logprobs: JsonObject | null;
  readonly finishReason: JsonValue;
}

/**
 * Puts OpenAI's parts together, which always have one choice here (see engine-request.ts). Chat and plain
 * completion differ in where the text stands alone.
 * @param add takes what a part's choice says.
 * @param finish makes the answer of it.
 */
export function choiceCollector(
  add: (choice: JsonObject) => void,
  finish: (collected: Collected) => JsonObject,
): AnswerCollector {
  const logprobs: JsonValue[] = [];
  let head: JsonObject = {};
  let finishReason: JsonValue = null;
  let isDone = false;
  return {
    next(event) {
      if (event === done) {
        isDone = true;
        return;
      }
      const { choices, ...part } = event;
      head = { ...head, ...part };
      // The part with the usage has no choice.
      const choice = Array.isArray(choices) ? choices[0] : undefined;
      if (!isJsonObject(choice)) return;
      finishReason = choice.finish_reason ?? finishReason;
      if (isJsonObject(choice.logprobs) && Array.isArray(choice.logprobs.content)) {
        logprobs.push(...choice.logprobs.content);
      }
      add(choice);
    },
    get answer() {
      if (!isDone) return undefined;
      return finish({ head, logprobs: logprobs.length > 0 ? { content: logprobs } : null, finishReason });
    },
  };
}
