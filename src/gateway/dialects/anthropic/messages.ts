import type { Dialect } from '../dialect.ts';
import { answerEvents } from './answer-events.ts';
import { chatRequest } from './chat-request.ts';
import { messageCollector } from './collector.ts';
import { errorBody } from './errors.ts';
import { prefillOf } from './prefill.ts';
import { messageStream } from './stream.ts';

/**
 * `POST /v1/messages`, as a chat completion: the engine's own lacks Anthropic's errors, pings and ids, and puts the
 * results of tools behind what the user says of them.
 */
export const anthropicMessages: Dialect = {
  name: 'anthropic',
  roleFor: () => 'chat',
  errorBody,
  translate(body, { id, requestedModel }) {
    const chat = chatRequest(body);
    const { stop } = chat;
    const asked = {
      id: `msg_${id.replaceAll('-', '')}`,
      model: requestedModel,
      stopSequences: Array.isArray(stop) ? stop.filter((word) => typeof word === 'string') : [],
      prefill: prefillOf(chat),
    };
    const answer = () => answerEvents(asked);
    return {
      path: '/v1/chat/completions',
      body: chat,
      stream: body.stream === true,
      events: () => messageStream(answer(), id),
      collector: () => messageCollector(answer()),
    };
  },
};
