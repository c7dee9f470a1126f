import type { Dialect } from './dialect.ts';
import { nativeExchange } from './native-answer.ts';
import { requireOnePrompt } from './one-prompt.ts';
import { errorBody } from './openai.ts';

/** `POST /completion`: llama-server's own, as Continue's provider `llama.cpp`, Twinny and Tabby speak it. */
export const rawCompletion: Dialect = {
  name: 'llama-server',
  roleFor: () => 'complete',
  errorBody,
  translate(body, context) {
    requireOnePrompt(body);
    return nativeExchange('/completion', body, context);
  },
};
