/** A request of a dialect whose answer has up to `tokens` tokens. */
export type LongRequest = (text: string, tokens: number) => object;

const messages = (content: string) => [{ role: 'user', content }];
const gap = (text: string) => ({ prompt: text, suffix: 's' });
const native = (text: string) => ({ input_prefix: text, input_suffix: 's' });

/** For each path of a dialect. */
export const longRequests: Readonly<Record<string, LongRequest>> = {
  '/v1/chat/completions': (text, tokens) => ({ messages: messages(text), max_tokens: tokens }),
  '/v1/completions': (text, tokens) => ({ prompt: text, max_tokens: tokens }),
  '/v1/responses': (text, tokens) => ({ input: text, max_output_tokens: tokens }),
  '/v1/messages': (text, tokens) => ({ messages: messages(text), max_tokens: tokens }),
  '/v1/fim/completions': (text, tokens) => ({ ...gap(text), max_tokens: tokens }),
  '/api/chat': (text, tokens) => ({ messages: messages(text), options: { num_predict: tokens } }),
  '/api/generate': (text, tokens) => ({ prompt: text, options: { num_predict: tokens } }),
  '/infill': (text, tokens) => ({ ...native(text), n_predict: tokens }),
  '/completion': (text, tokens) => ({ prompt: text, n_predict: tokens }),
};
