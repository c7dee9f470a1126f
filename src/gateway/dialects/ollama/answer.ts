import type { Fault } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';
import { withinBounds } from '../bounds.ts';
import type { AnswerCollector, ClientStream, DialectContext, Exchange } from '../dialect.ts';
import { errorBody } from './errors.ts';
import { wantsStream } from './options.ts';
import { type AnswerReader, type Ending, nothing, type Piece } from './read-answer.ts';

/** How a piece of the answer is told: `/api/chat` and `/api/generate` differ in nothing else. */
export type Shape = (piece: Piece) => JsonObject;

export const chatShape: Shape = ({ text, thinking, toolCalls }) => ({
  message: {
    role: 'assistant',
    content: text,
    ...(thinking !== '' && { thinking }),
    ...(toolCalls.length > 0 && { tool_calls: [...toolCalls] }),
  },
});

export const generateShape: Shape = ({ text, thinking }) => ({
  response: text,
  ...(thinking !== '' && { thinking }),
});

/** What is asked of the engine, and how its answer is read and told. */
export interface Question {
  readonly path: Exchange['path'];
  /** What the engine is asked. */
  readonly sent: JsonObject;
  readonly reader: () => AnswerReader;
  readonly shape: Shape;
}

/** @param body The client's request. */
export function ollamaExchange(
  body: JsonObject,
  { requestedModel, now }: DialectContext,
  { path, sent, reader, shape }: Question,
): Exchange {
  const head = { model: requestedModel, created_at: new Date(now * 1000).toISOString() };
  const teller: Teller = {
    part: (piece) => ({ ...head, ...shape(piece), done: false }),
    last: (piece, { reason, usage }) => ({
      ...head,
      ...shape(piece),
      done: true,
      done_reason: reason,
      ...usage,
    }),
  };
  return {
    path,
    body: withinBounds(sent),
    stream: wantsStream(body),
    events: () => lines(reader(), teller),
    collector: () => wholeAnswer(reader(), teller),
  };
}

interface Teller {
  part(piece: Piece): JsonObject;
  last(piece: Piece, ending: Ending): JsonObject;
}

const line = (value: JsonObject) => `${JSON.stringify(value)}\n`;

function lines(reader: AnswerReader, { part, last }: Teller): ClientStream {
  let finished = false;
  return {
    contentType: 'application/x-ndjson',
    opening: () => '',
    heartbeat: () => line(part(nothing)),
    next(event) {
      if (finished) return '';
      const piece = reader.next(event);
      const text = isEmpty(piece) ? '' : line(part(piece));
      const { ending } = reader;
      if (!ending) return text;
      finished = true;
      return text + line(last(nothing, ending));
    },
    get finished() {
      return finished;
    },
    failure: (fault: Fault) => line(errorBody(fault)),
  };
}

function isEmpty({ text, thinking, toolCalls }: Piece): boolean {
  return text === '' && thinking === '' && toolCalls.length === 0;
}

function wholeAnswer(reader: AnswerReader, { last }: Teller): AnswerCollector {
  let whole = nothing;
  return {
    next(event) {
      const { text, thinking, toolCalls } = reader.next(event);
      whole = {
        text: whole.text + text,
        thinking: whole.thinking + thinking,
        toolCalls: [...whole.toolCalls, ...toolCalls],
      };
    },
    get answer() {
      return reader.ending && last(whole, reader.ending);
    },
  };
}
