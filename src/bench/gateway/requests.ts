import { fakeModel } from './fake-answers.ts';

export const completionPath = '/v1/chat/completions';
export const modelsPath = '/v1/models';

const common = {
  model: fakeModel,
  messages: [{ role: 'user', content: 'Hello, who are you?' }],
  temperature: 0,
};

/** A completion of one token, in one piece. */
export const oneToken = JSON.stringify({ ...common, max_tokens: 1 });

/** A stream of exactly so many tokens. */
export function streamOf(tokens: number): string {
  return JSON.stringify({
    ...common,
    max_tokens: tokens,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  });
}
