import { engineFault } from '../engine-faults.ts';
import type { Fault } from '../fault.ts';
import { isJsonObject, type JsonObject, parseJson } from '../json.ts';
import { event } from '../sse.ts';
import type { EventTranslator } from './dialect.ts';

/**
 * OpenAI's error object. The message says what happened and what to do, since most clients show nothing else.
 * https://platform.openai.com/docs/guides/error-codes
 */
export function errorBody({ error, type, details }: Fault): JsonObject {
  const { parameter, extra } = details;
  const message = `${error.message} ${error.fix}`;
  return { error: { message, type, param: parameter ?? null, code: error.code, ...extra } };
}

export function errorEvent(fault: Fault): string {
  return event(JSON.stringify(errorBody(fault)));
}

/** A comment. Not `: ping`, which Continue takes for the end of a batch (its packages/fetch/src/stream.ts). */
export const heartbeat = ': keep-alive\n\n';

/** The data that ends an OpenAI stream. */
export const done = '[DONE]';

/** The object in the engine's event `data`. Throws what the engine reports as an error, as a fault. */
export function engineEvent(data: string): JsonObject {
  const value = parseJson(data);
  if (!isJsonObject(value)) throw new SyntaxError('The engine sent an event that is no object.');
  if (value.error !== undefined) throw engineFault(500, value);
  return value;
}

/** For streams that are OpenAI's already: only the model's name is put back. */
export function renamingTranslator(model: string): EventTranslator {
  let finished = false;
  return {
    next(data) {
      if (data !== done) return event(JSON.stringify({ ...engineEvent(data), model }));
      finished = true;
      return event(done);
    },
    get finished() {
      return finished;
    },
  };
}
