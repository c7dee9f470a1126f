import { done } from '../../engine-event.ts';
import type { JsonObject } from '../../json.ts';
import { event } from '../../sse.ts';
import type { ClientStream } from '../dialect.ts';
import type { AnswerEvents } from './answer-events.ts';
import { errorBody } from './errors.ts';

/** An answer as events with names. @param requestId For an error's. */
export function messageStream(answer: AnswerEvents, requestId: string): ClientStream {
  let finished = false;
  return {
    contentType: 'text/event-stream; charset=utf-8',
    opening: () => named(answer.start()),
    // Claude Code gives up after minutes without events; comments may not count.
    heartbeat: () => named({ type: 'ping' }),
    next(part) {
      if (part !== done) return answer.next(part).map(named).join('');
      finished = true;
      return answer.end().map(named).join('');
    },
    get finished() {
      return finished;
    },
    failure: (fault) => named(errorBody(fault, requestId)),
  };
}

function named(data: JsonObject): string {
  return `event: ${data.type}\n${event(JSON.stringify(data))}`;
}
