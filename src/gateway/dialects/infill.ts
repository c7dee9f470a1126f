import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { event } from '../sse.ts';
import { infillCollector } from './collect-infill.ts';
import type { AnswerCollector, Dialect } from './dialect.ts';
import { clientFields } from './engine-request.ts';
import { errorBody, openaiStream } from './openai.ts';

/** `POST /infill` as llama.vim and llama.vscode speak it: llama-server's own. */
export const infill: Dialect = {
  name: 'llama-server',
  roleFor: () => 'complete',
  errorBody,
  translate(body, context) {
    // The engine does not stop at a missing one: it goes on and fails with 500.
    for (const name of ['input_prefix', 'input_suffix'] as const) {
      if (typeof body[name] !== 'string') throw invalidParameter(name, 'a string');
    }
    if (body.prompt !== undefined && typeof body.prompt !== 'string') {
      throw invalidParameter('prompt', 'a string');
    }
    const { response_fields, ...sent } = clientFields(body);
    const finalFields = isPaths(response_fields) ? response_fields : [];
    const shape = (part: JsonObject) => shaped(part, context.requestedModel, finalFields);
    return {
      path: '/infill',
      body: sent,
      stream: body.stream === true,
      events: () =>
        openaiStream(
          (part) => event(JSON.stringify(shape(part))),
          ({ stop }) => stop === true,
        ),
      collector: () => shapedCollector(shape),
    };
  },
};

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
