import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { event } from '../sse.ts';
import { infillCollector } from './collect-infill.ts';
import type { AnswerCollector, DialectContext, Exchange } from './dialect.ts';
import { clientFields } from './engine-request.ts';
import { openaiStream } from './openai.ts';

/** A request in llama-server's own form, and its answer as it comes, under the model's name that the client used. */
export function nativeExchange(
  path: '/infill' | '/completion',
  body: JsonObject,
  { requestedModel }: DialectContext,
): Exchange {
  const { response_fields } = body;
  const finalFields = isPaths(response_fields) ? response_fields : [];
  const shape = (part: JsonObject) => shaped(part, requestedModel, finalFields);
  return {
    path,
    body: clientFields(body),
    stream: body.stream === true,
    events: () =>
      openaiStream(
        (part) => event(JSON.stringify(shape(part))),
        ({ stop }) => stop === true,
      ),
    collector: () => shapedCollector(shape),
  };
}

function isPaths(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((path) => typeof path === 'string');
}

/**
 * A part as the client asked for it. `response_fields` picks from the last part, by paths such as
 * `timings/prompt_n`, which llama.vim uses. Done here: the engine would leave out what marks the end.
 */
function shaped(part: JsonObject, model: string, finalFields: readonly string[]): JsonObject {
  const renamed = part.model === undefined ? part : { ...part, model };
  if (part.stop !== true || finalFields.length === 0) return renamed;
  const picked = finalFields.map((path): [string, JsonValue | undefined] => [path, valueAt(renamed, path)]);
  return Object.fromEntries(picked.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
}

function valueAt(value: JsonObject, path: string): JsonValue | undefined {
  const step = (at: JsonValue | undefined, name: string) => (isJsonObject(at) ? at[name] : undefined);
  return path.split('/').reduce<JsonValue | undefined>(step, value);
}

function shapedCollector(shape: (part: JsonObject) => JsonObject): AnswerCollector {
  const parts = infillCollector();
  return {
    next: parts.next,
    get answer() {
      return parts.answer && shape(parts.answer);
    },
  };
}
