/** In no text that anything here says by itself, however it is written. */
export const canary = 'zqcanaryzq';

/** Headers. */
export const everywhere = {
  'x-request-id': canary,
  'user-agent': canary,
  'session-id': canary,
  cookie: canary,
  [canary]: canary,
};
const messages = [{ role: 'user', content: `Hello ${canary}` }];
const call = {
  id: canary,
  type: 'function',
  function: { name: canary, arguments: JSON.stringify({ [canary]: canary }) },
};
const called = [
  ...messages,
  { role: 'assistant', content: null, tool_calls: [call] },
  { role: 'tool', tool_call_id: canary, content: canary },
];
const schema = {
  type: 'object',
  description: canary,
  properties: { [canary]: { type: 'string', enum: [canary] } },
};
const tools = [{ type: 'function', function: { name: canary, description: canary, parameters: schema } }];
const identity = { model: canary, user: canary, metadata: { user_id: canary }, prompt_cache_key: canary };

/** For each path, what a client may say there, with the canary wherever it may stand. */
export const bodies: Readonly<Record<string, readonly object[]>> = {
  '/v1/chat/completions': [
    { ...identity, messages, max_tokens: 3, stop: [canary] },
    { ...identity, messages: called, tools, max_tokens: 3 },
    {
      messages,
      response_format: { type: 'json_schema', json_schema: { name: canary, schema } },
      max_tokens: 3,
    },
    { messages, grammar: `root ::= ${canary}` },
    { messages, temperature: canary },
    { messages: [{ role: canary, content: [{ type: canary, text: canary }] }] },
    { messages: [{ role: 'user', content: `${canary} `.repeat(3000) }] },
  ],
  '/v1/completions': [
    { ...identity, prompt: canary, max_tokens: 3 },
    { prompt: canary, suffix: canary, max_tokens: 3 },
  ],
  '/v1/responses': [
    { ...identity, instructions: canary, input: canary, max_output_tokens: 3 },
    {
      input: [
        {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_file', filename: canary, file_data: canary }],
        },
      ],
    },
    {
      input: [
        { type: 'message', role: 'user', content: canary },
        { type: 'custom_tool_call', call_id: canary, name: canary, input: canary },
        { type: 'custom_tool_call_output', call_id: canary, output: canary },
      ],
      tools: [{ type: 'custom', name: canary, description: canary }],
      max_output_tokens: 3,
    },
    { input: canary, previous_response_id: canary },
  ],
  '/v1/messages': [
    { ...identity, system: canary, messages, max_tokens: 3, stop_sequences: [canary] },
    {
      messages: [
        ...messages,
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: canary, name: canary, input: { [canary]: canary } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: canary, content: canary }] },
      ],
      tools: [{ name: canary, description: canary, input_schema: schema }],
      max_tokens: 3,
    },
    { messages: [{ role: 'user', content: [{ type: canary }] }] },
  ],
  '/v1/messages/count_tokens': [{ system: canary, messages }],
  '/v1/fim/completions': [{ ...identity, prompt: canary, suffix: canary, max_tokens: 3 }],
  '/api/chat': [{ ...identity, messages, options: { num_predict: 3, stop: [canary] }, keep_alive: canary }],
  '/api/generate': [
    { ...identity, prompt: canary, system: canary, options: { num_predict: 3 } },
    { prompt: canary, suffix: canary, options: { num_predict: 3 } },
  ],
  '/api/show': [{ model: canary }],
  '/infill': [
    {
      input_prefix: canary,
      input_suffix: canary,
      prompt: canary,
      input_extra: [{ filename: `src/${canary}.ts`, text: canary }],
      n_predict: 3,
    },
    { input_prefix: canary, input_suffix: canary, response_fields: [canary], n_predict: 3 },
  ],
  '/completion': [{ prompt: canary, n_predict: 3, image_data: [{ data: canary, id: canary }] }],
  '/v1/embeddings': [
    { ...identity, input: [canary] },
    { input: canary, encoding_format: canary },
  ],
  '/api/embed': [{ model: canary, input: canary }],
  '/api/embeddings': [{ prompt: canary }],
  '/tokenize': [{ content: canary, with_pieces: true }],
  '/detokenize': [{ tokens: [canary] }],
  '/apply-template': [{ messages }],
};

/** No JSON, or not what any path wants. */
export const malformed = [
  `{"${canary}": ${canary}`,
  `"${canary}"`,
  `[${JSON.stringify(canary)}]`,
  canary,
  `{"model":"${canary}","prompt":{"${canary}":1},"messages":"${canary}","input":{"a":"${canary}"}}`,
];
