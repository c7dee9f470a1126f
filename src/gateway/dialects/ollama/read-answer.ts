import { done, type EngineEvent } from '../../engine-event.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../json.ts';
import { chatCollector } from '../collect-chat.ts';
import { infillCollector } from '../collect-infill.ts';

/** What a part of an answer says. */
export interface Piece {
  readonly text: string;
  readonly thinking: string;
  /** In Ollama's form, each whole. */
  readonly toolCalls: readonly JsonObject[];
}

export const nothing: Piece = { text: '', thinking: '', toolCalls: [] };

/** How an answer ended; what Ollama says of it beside the reason. */
export interface Ending {
  readonly reason: string;
  readonly usage: JsonObject;
}

/** Reads the events of one answer of the engine. */
export interface AnswerReader {
  next(event: EngineEvent): Piece;
  /** Once the engine said that the answer is complete. */
  readonly ending: Ending | undefined;
}

/** Of `/v1/chat/completions`. Ollama's clients want tool calls whole, so they come at the end. */
export function chatReader(): AnswerReader {
  const whole = chatCollector('');
  return {
    next(event) {
      whole.next(event);
      if (event === done) return { ...nothing, toolCalls: toolCallsIn(whole.answer) };
      const delta = firstChoice(event).delta;
      if (!isJsonObject(delta)) return nothing;
      return { ...nothing, text: textOf(delta.content), thinking: textOf(delta.reasoning_content) };
    },
    get ending() {
      const { answer } = whole;
      if (!answer) return undefined;
      const usage = isJsonObject(answer.usage) ? answer.usage : {};
      return {
        reason: firstChoice(answer).finish_reason === 'length' ? 'length' : 'stop',
        usage: usageFrom(answer.timings, usage.prompt_tokens, usage.completion_tokens),
      };
    },
  };
}

/** Of `/infill` and `/completion`. */
export function nativeReader(): AnswerReader {
  const whole = infillCollector();
  return {
    next(event) {
      whole.next(event);
      return event === done ? nothing : { ...nothing, text: textOf(event.content) };
    },
    get ending() {
      const { answer } = whole;
      if (!answer) return undefined;
      const ended = answer.stop_type === 'eos' || answer.stop_type === 'word';
      return {
        reason: ended ? 'stop' : 'length',
        usage: usageFrom(answer.timings, answer.tokens_evaluated, answer.tokens_predicted),
      };
    },
  };
}

/** Of a question that asks nothing, by which a client wants a model loaded or unloaded. */
export function silentReader(reason: 'load' | 'unload'): AnswerReader {
  const reader = nativeReader();
  return {
    next(event) {
      reader.next(event);
      return nothing;
    },
    get ending() {
      return reader.ending && { reason, usage: {} };
    },
  };
}

function firstChoice({ choices }: JsonObject): JsonObject {
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  return isJsonObject(choice) ? choice : {};
}

function toolCallsIn(answer: JsonObject | undefined): JsonObject[] {
  const { message } = answer ? firstChoice(answer) : {};
  const calls = isJsonObject(message) && Array.isArray(message.tool_calls) ? message.tool_calls : [];
  return calls.filter(isJsonObject).map((call, index) => {
    const called = isJsonObject(call.function) ? call.function : {};
    const given = argumentsIn(textOf(called.arguments));
    return { id: call.id ?? '', function: { index, name: called.name ?? '', arguments: given } };
  });
}

/** Ollama's are an object. A text that was cut off by the limit of the answer is none any more. */
function argumentsIn(text: string): JsonObject {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** @param timings The engine's, in milliseconds; Ollama's are in nanoseconds. Other destinations tell none. */
function usageFrom(
  timings: JsonValue | undefined,
  prompt: JsonValue | undefined,
  answer: JsonValue | undefined,
): JsonObject {
  const { prompt_ms, predicted_ms } = isJsonObject(timings) ? timings : {};
  const promptTime = nanoseconds(prompt_ms);
  const answerTime = nanoseconds(predicted_ms);
  return {
    total_duration: promptTime + answerTime,
    load_duration: 0,
    prompt_eval_count: typeof prompt === 'number' ? prompt : 0,
    prompt_eval_duration: promptTime,
    eval_count: typeof answer === 'number' ? answer : 0,
    eval_duration: answerTime,
  };
}

function nanoseconds(milliseconds: JsonValue | undefined): number {
  return typeof milliseconds === 'number' ? Math.round(milliseconds * 1e6) : 0;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
