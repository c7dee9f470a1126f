import type { Dialect } from '../dialect.ts';
import { errorBody } from '../openai.ts';
import { Answer } from './answer.ts';
import { chatRequest } from './request.ts';
import { type ResponseState, responseObject } from './response.ts';
import { failedResponse, responseCollector, responseStream } from './stream.ts';

/**
 * `POST /v1/responses`, as a chat completion: llama-server's own refuses items that agents send, and its events lack
 * fields that clients need (v0.5.0, tools/server/server-chat.cpp and server-task.cpp).
 */
export const responses: Dialect = {
  name: 'openai-responses',
  roleFor: () => 'chat',
  errorBody,
  translate(request, context) {
    const { body, tools } = chatRequest(request);
    const answer = new Answer(context.id, tools);
    const respond = (state: ResponseState) => responseObject(request, context, answer, state);
    return {
      path: '/v1/chat/completions',
      body,
      stream: request.stream === true,
      events: () => responseStream(answer, respond),
      collector: () => responseCollector(answer, respond),
      lateError: (fault) => failedResponse(fault, answer, respond),
    };
  },
};
