/** What the engine says to a request of a path, whole; few bytes, since it is cut at each. */
export interface WholeAnswer {
  readonly body: object;
  readonly engine: string;
}

const data = (...parts: object[]) => parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join('');
const choice = (fields: object) => ({ choices: [{ index: 0, ...fields }] });

const chat = `${data(
  choice({ delta: { role: 'assistant' } }),
  choice({ delta: { content: 'ö' } }),
  choice({ delta: { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }] } }),
  choice({ delta: {}, finish_reason: 'stop' }),
  { choices: [], usage: { prompt_tokens: 1 } },
)}data: [DONE]\n\n`;
const completion = `${data({ choices: [{ text: 'ö' }] }, { choices: [{ text: '', finish_reason: 'stop' }] })}data: [DONE]\n\n`;
const native = data({ content: 'ö' }, { content: '', stop: true, stop_type: 'eos', tokens_predicted: 1 });

const messages = [{ role: 'user', content: 'u' }];

/** For each path of a dialect. */
export const wholeAnswers: Readonly<Record<string, WholeAnswer>> = {
  '/v1/chat/completions': { body: { messages }, engine: chat },
  '/v1/completions': { body: { prompt: 'p' }, engine: completion },
  '/v1/responses': { body: { input: 'u' }, engine: chat },
  '/v1/messages': { body: { messages }, engine: chat },
  '/v1/fim/completions': { body: { prompt: 'p', suffix: 's' }, engine: native },
  '/api/chat': { body: { messages }, engine: chat },
  '/api/generate': { body: { prompt: 'p' }, engine: chat },
  '/infill': { body: { input_prefix: 'p', input_suffix: 's' }, engine: native },
  '/completion': { body: { prompt: 'p' }, engine: native },
};

/** Events that are no answer's, with what may come between. */
export const garbage: readonly string[] = [
  'data: \n\n',
  'data: null\n\n',
  'data: 3\n\n',
  'data: "x"\n\n',
  'data: []\n\n',
  'data: {\n\n',
  'data: {}x\n\n',
  'data: {}\ndata: {}\n\n',
  'data: {"choices":3,"content":{},"usage":3,"timings":"x"}\n\n',
  'data: {"choices":[null],"usage":{"prompt_tokens":"x","prompt_tokens_details":3},"timings":{"cache_n":-1}}\n\n',
  'data: {"choices":[{"delta":3,"logprobs":3,"finish_reason":{}}]}\n\n',
  'data: {"choices":[{"delta":{"content":{},"reasoning_content":3,"tool_calls":3},"text":3}]}\n\n',
  'data: {"choices":[{"delta":{"tool_calls":[3,{"index":-1},{"index":1.5},{"index":"x","function":3},{}]}}]}\n\n',
  'data: {"choices":[{"delta":{"tool_calls":[{"index":4294967294,"id":"z","function":{"name":"f"}}]}}]}\n\n',
  'data: {"prompt_progress":{"total":"x"}}\n\n',
  'data: {"prompt_progress":3}\n\n',
  'data: {"stop":1,"content":[],"tokens":3,"completion_probabilities":{}}\n\n',
  'data: {"error":3}\n\n',
  'data: {"error":{"code":"x","message":{},"type":[]}}\n\n',
  'data: {"error":{"code":400,"type":"exceed_context_size_error","message":"m","n_ctx":"x"}}\n\n',
  'data: {"__proto__":{"a":1},"choices":[{"delta":{"__proto__":3}}]}\n\n',
  `data: {"choices":[{"delta":{"content":${'['.repeat(20_000)}${']'.repeat(20_000)}}}],"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}\n\n`,
  'data: [DONE]\n\n',
  'data: [DONE]\n\ndata: [DONE]\n\n',
  '\u0000\ufffd\u0000\n\n',
  ': comment\n\nevent: x\nid: 3\nretry: x\n\n',
  'HTTP/1.1 200 OK\r\n\r\n',
];
