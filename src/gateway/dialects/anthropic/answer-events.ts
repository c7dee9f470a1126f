import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';
import { blockWriter } from './block-writer.ts';
import { echoFilter } from './prefill.ts';
import { noTokens, usageOf } from './usage.ts';

/** Anthropic's events, as objects with a `type`, of one answer. */
export interface AnswerEvents {
  /** What comes before the engine has said anything. */
  start(): JsonObject;
  /** What a part of the engine's stream becomes. */
  next(part: JsonObject): JsonObject[];
  /** What follows the last part. */
  end(): JsonObject[];
}

/** What of a request its answer depends on. */
export interface Asked {
  /** The message's. */
  readonly id: string;
  /** As the client called it. */
  readonly model: string;
  readonly stopSequences: readonly string[];
  /** How the client began the answer itself. */
  readonly prefill: string;
}

/** https://docs.claude.com/en/docs/build-with-claude/streaming */
export function answerEvents({ id, model, stopSequences, prefill }: Asked): AnswerEvents {
  const blocks = blockWriter(id);
  const echo = echoFilter(prefill);
  let finishReason: JsonValue = null;
  let stopSequence: string | null = null;
  let usage: JsonObject = noTokens;
  return {
    start() {
      const head = { id, type: 'message', role: 'assistant', model, content: [] };
      const message = { ...head, stop_reason: null, stop_sequence: null, usage: noTokens };
      return { type: 'message_start', message };
    },
    next(part) {
      usage = usageOf(part.usage) ?? usage;
      const word = isJsonObject(part.__verbose) ? part.__verbose.stopping_word : undefined;
      stopSequence = stopSequences.find((sequence) => sequence === word) ?? stopSequence;
      // The part with the usage has no choice.
      const choice = Array.isArray(part.choices) ? part.choices[0] : undefined;
      if (!isJsonObject(choice)) return [];
      finishReason = choice.finish_reason ?? finishReason;
      const { delta } = choice;
      if (!isJsonObject(delta)) return [];
      const content = typeof delta.content === 'string' ? echo.next(delta.content) : null;
      return blocks.write({ ...delta, content });
    },
    end() {
      const held = blocks.write({ content: echo.rest() });
      const stop_reason = stopReason(finishReason, blocks.hasCalledTool, stopSequence);
      const stop_sequence = stop_reason === 'stop_sequence' ? stopSequence : null;
      const last = { type: 'message_delta', delta: { stop_reason, stop_sequence }, usage };
      return [...held, ...blocks.close(), last, { type: 'message_stop' }];
    },
  };
}

/** Some servers end a call that was required with "stop". */
function stopReason(finishReason: JsonValue, hasCalledTool: boolean, stopSequence: string | null): string {
  if (finishReason === 'length') return 'max_tokens';
  if (finishReason === 'content_filter') return 'refusal';
  if (hasCalledTool) return 'tool_use';
  return stopSequence === null ? 'end_turn' : 'stop_sequence';
}
