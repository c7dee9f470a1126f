import { done, type EngineEvent } from '../engine-event.ts';
import type { Fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { event } from '../sse.ts';
import type { ClientStream } from './dialect.ts';

/**
 * OpenAI's error object. The message says what happened and what to do, since most clients show nothing else.
 * https://platform.openai.com/docs/guides/error-codes
 */
export function errorBody({ error, type, details }: Fault): JsonObject {
  const { parameter, extra } = details;
  const message = `${error.message} ${error.fix}`;
  return { error: { message, type, param: parameter ?? null, code: error.code, ...extra } };
}

/** A comment. Not `: ping`, which Continue takes for the end of a batch (its packages/fetch/src/stream.ts). */
const heartbeat = ': keep-alive\n\n';

/**
 * A stream of OpenAI's kind, and of llama-server's own, which differ in how they end.
 * @param translate what the client gets for a part.
 * @param isLast whether a part ends the answer; OpenAI's `[DONE]` always does.
 */
export function openaiStream(
  translate: (part: JsonObject) => string,
  isLast: (part: JsonObject) => boolean = () => false,
): ClientStream {
  let finished = false;
  return {
    contentType: 'text/event-stream; charset=utf-8',
    opening: () => '',
    heartbeat: () => heartbeat,
    next(part: EngineEvent) {
      if (part === done) {
        finished = true;
        return event(done);
      }
      const text = translate(part);
      finished ||= isLast(part);
      return text;
    },
    get finished() {
      return finished;
    },
    failure: (fault) => event(JSON.stringify(errorBody(fault))),
  };
}
