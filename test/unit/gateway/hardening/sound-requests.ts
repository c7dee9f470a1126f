/** A parsed body, before it is spoilt. */
export type Body = Readonly<Record<string, unknown>>;

const tools = [
  { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } },
];
const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
const conversation = [
  { role: 'system', content: 's' },
  { role: 'user', content: [{ type: 'text', text: 'u' }] },
  { role: 'assistant', content: null, tool_calls: [call] },
  { role: 'tool', tool_call_id: 'c', content: 'r' },
];
const sampling = { temperature: 0.5, top_p: 1, seed: 1, stop: ['x'] };

/** For each path that makes the engine work, a request in which as many fields as possible say something. */
export const soundRequests: Readonly<Record<string, Body>> = {
  '/v1/chat/completions': {
    model: 'm',
    messages: conversation,
    tools,
    tool_choice: { type: 'function', function: { name: 'f' } },
    response_format: { type: 'json_object' },
    max_tokens: 3,
    max_completion_tokens: 3,
    stream_options: { include_usage: true },
    n: 1,
    ...sampling,
  },
  '/v1/completions': { model: 'm', prompt: 'p', suffix: 's', max_tokens: 3, n: 1, ...sampling },
  '/v1/responses': {
    model: 'm',
    instructions: 'i',
    input: [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 't' }] },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 't' }] },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: 'o' },
      { type: 'custom_tool_call', call_id: 'd', name: 'g', input: 'i' },
      { type: 'custom_tool_call_output', call_id: 'd', output: 'o' },
      { type: 'local_shell_call', call_id: 'e', action: { command: ['ls'] } },
    ],
    tools: [
      { type: 'function', name: 'f', parameters: { type: 'object' } },
      { type: 'custom', name: 'g', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
      { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'h' }] },
    ],
    tool_choice: { type: 'function', name: 'f' },
    text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } },
    reasoning: { effort: 'low' },
    metadata: { a: 'b' },
    max_output_tokens: 3,
    ...sampling,
  },
  '/v1/messages': {
    model: 'm',
    system: [{ type: 'text', text: 's' }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 't' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'r', is_error: true }] },
    ],
    tools: [{ name: 'f', description: 'd', input_schema: { type: 'object' } }],
    tool_choice: { type: 'tool', name: 'f' },
    max_tokens: 3,
    stop_sequences: ['x'],
    thinking: { type: 'enabled', budget_tokens: 3 },
    output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
    metadata: { user_id: 'u' },
    temperature: 1,
    top_k: 3,
  },
  '/v1/messages/count_tokens': { model: 'm', system: 's', messages: [{ role: 'user', content: 'u' }] },
  '/v1/fim/completions': { model: 'm', prompt: 'p', suffix: 's', random_seed: 3, max_tokens: 3, stop: 'x' },
  '/api/chat': {
    model: 'm',
    messages: [
      { role: 'user', content: 'u' },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: { x: 1 } } }] },
      { role: 'tool', content: 'r', tool_name: 'f' },
    ],
    tools,
    format: { type: 'object' },
    options: { num_predict: 3, temperature: 1, stop: ['x'], num_ctx: 5 },
    think: 'low',
    keep_alive: '5m',
  },
  '/api/generate': { model: 'm', prompt: 'p', system: 's', format: 'json', options: { top_k: 3 } },
  '/api/show': { model: 'm' },
  '/infill': {
    input_prefix: 'p',
    input_suffix: 's',
    prompt: 'q',
    input_extra: [{ filename: 'f', text: 't' }],
    n_predict: 3,
    response_fields: ['content', 'timings/prompt_n'],
    samplers: ['top_k'],
  },
  '/completion': { prompt: ['p'], n_predict: 3, response_fields: ['a'], ...sampling },
  '/v1/embeddings': { model: 'm', input: ['a', 'b'], encoding_format: 'float', dimensions: 8 },
  '/api/embed': { model: 'm', input: ['a', 'b'], dimensions: 8 },
  '/api/embeddings': { model: 'm', prompt: 'p' },
  '/tokenize': { content: 'c', add_special: true, with_pieces: false },
  '/detokenize': { tokens: [1, 2] },
  '/apply-template': { messages: [{ role: 'user', content: 'u' }] },
};
