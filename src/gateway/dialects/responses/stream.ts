import { done, type EngineEvent } from '../../engine-event.ts';
import type { Fault } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';
import { event } from '../../sse.ts';
import type { AnswerCollector, ClientStream } from '../dialect.ts';
import type { Answer } from './answer.ts';
import type { ResponseState } from './response.ts';

/** The response object in a state, with the output so far. */
type Respond = (state: ResponseState) => JsonObject;

/**
 * The events of a streamed response. Heartbeats are events as well, since Codex counts nothing else
 * (codex-rs/codex-api/src/sse/responses.rs), and hold the output so far, for which openai-node takes theirs.
 */
export function responseStream(answer: Answer, respond: Respond): ClientStream {
  let sequenceNumber = 0;
  let finished = false;
  const say = ({ type, ...fields }: JsonObject) => {
    const numbered = { type, sequence_number: sequenceNumber++, ...fields };
    return `event: ${type}\n${event(JSON.stringify(numbered))}`;
  };
  const state = (name: string, response: JsonObject) => say({ type: `response.${name}`, response });
  return {
    contentType: 'text/event-stream; charset=utf-8',
    opening: () =>
      ['created', 'in_progress'].map((name) => state(name, respond({ status: 'in_progress' }))).join(''),
    heartbeat: () => state('in_progress', withoutQuestion(respond({ status: 'in_progress' }))),
    next(part: EngineEvent) {
      if (part !== done) return answer.next(part).map(say).join('');
      finished = true;
      const { ending, events } = answer.end();
      return events.map(say).join('') + state(ending.status, respond(ending));
    },
    get finished() {
      return finished;
    },
    // Codex makes room and tries again only when it reads this in the stream (the file above).
    carries: ({ error }) => error.code === 'context_length_exceeded',
    failure(fault) {
      const events = answer.close('incomplete');
      return events.map(say).join('') + state('failed', failedResponse(fault, answer, respond));
    },
  };
}

/** What was asked for is long, and was told at the opening: it need not be told every few seconds. */
function withoutQuestion(response: JsonObject): JsonObject {
  return { ...response, instructions: null, tools: [] };
}

/** Puts the whole response together. */
export function responseCollector(answer: Answer, respond: Respond): AnswerCollector {
  let whole: JsonObject | undefined;
  return {
    next(part) {
      if (part === done) whole = respond(answer.end().ending);
      else answer.next(part);
    },
    get answer() {
      return whole;
    },
  };
}

/** What is left of a response that failed, and why it did: clients look for that where the status line says 200. */
export function failedResponse(fault: Fault, answer: Answer, respond: Respond): JsonObject {
  answer.close('incomplete');
  return respond({ status: 'failed', error: errorOf(fault) });
}

/** Codex waits for as long as a message says under one code only (`try_parse_retry_after` in the file above). */
function errorOf({ error, retryAfter }: Fault): { code: string; message: string } {
  const code = retryAfter === undefined ? error.code : 'rate_limit_exceeded';
  return { code, message: `${error.message} ${error.fix}` };
}
