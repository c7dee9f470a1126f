/** A request to the engine as it goes over the wire. */
export interface OddRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const chat = '/v1/chat/completions';

/**
 * Requests that are wrong or odd, each with `marker` in it, as a prompt would be; `model` serves them. What the
 * engine makes of them does not matter here, only what it prints.
 */
export function oddRequests(marker: string, model: string): readonly OddRequest[] {
  const messages = [{ role: 'user', content: marker }];
  const asked = (path: string, fields: object): OddRequest => ({
    path,
    body: JSON.stringify({ model, ...fields }),
  });
  const tool = (parameters: object, name = 'f') => [{ type: 'function', function: { name, parameters } }];
  const wrongJson = [
    `{"model":"${model}","prompt":"${marker}`,
    `{"model":"${model}","messages":[{"role":"user","content":"${marker}\\ud800"}]}`,
    `{"model":"${model}","${marker}":}`,
    `${marker}`,
    `["${marker}"]`,
    `"${marker}"`,
    Buffer.from(`{"model":"${model}","messages":[{"role":"user","content":"${marker}\xff\xfe"}]}`, 'latin1'),
    `${'['.repeat(20_000)}"${marker}"`,
  ];
  const schemas: object[] = [
    { type: marker },
    { type: 'string', pattern: `(${marker}` },
    { type: 'string', pattern: `^${marker}(?=x)$` },
    { $ref: `#/${marker}` },
    { $ref: `https://localhost/${marker}` },
    { enum: [marker], minLength: marker },
    { type: 'object', properties: { [marker]: { type: 'nonsense' } } },
    { type: 'array', items: marker },
    { oneOf: marker },
  ];
  return [
    ...wrongJson.flatMap((body) =>
      [chat, '/v1/completions', '/infill', '/models/load'].map((path) => ({ path, body })),
    ),
    asked(chat, { messages: marker }),
    asked(chat, { messages: [marker] }),
    asked(chat, { messages: [{ role: marker, content: marker }] }),
    asked(chat, { messages: [{ role: 'user', content: { text: marker } }] }),
    asked(chat, { messages: [{ role: 'user', content: [{ type: marker, text: marker }] }] }),
    asked(chat, { messages: [{ role: 'user', content: [{ type: 'text', text: 3, other: marker }] }] }),
    asked(chat, {
      messages: [
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${marker}` } }],
        },
      ],
    }),
    asked(chat, {
      messages: [
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: `https://127.0.0.1:9/${marker}` } }],
        },
      ],
    }),
    asked(chat, {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `file:///${marker}` } }] }],
    }),
    asked(chat, {
      messages: [
        { role: 'user', content: [{ type: 'input_audio', input_audio: { data: marker, format: marker } }] },
      ],
    }),
    asked(chat, {
      messages: [{ role: 'assistant', tool_calls: [{ id: marker, type: marker, function: marker }] }],
    }),
    asked(chat, {
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: `{"${marker}` } }],
        },
      ],
    }),
    asked(chat, { messages: [{ role: 'tool', tool_call_id: marker, content: marker }] }),
    asked(chat, {
      messages: [
        { role: 'assistant', content: marker },
        { role: 'assistant', content: marker },
      ],
    }),
    asked(chat, { messages, temperature: marker }),
    asked(chat, { messages, max_tokens: marker }),
    asked(chat, { messages, stop: { [marker]: marker } }),
    asked(chat, { messages, logit_bias: [[marker, marker]] }),
    asked(chat, { messages, samplers: [marker], max_tokens: 2 }),
    asked(chat, { messages, samplers: marker, max_tokens: 2 }),
    asked(chat, { messages, tool_choice: marker }),
    asked(chat, { messages, tools: marker }),
    asked(chat, { messages, tools: [marker] }),
    asked(chat, { messages, tools: tool({ type: 'object' }, `${marker} "'\\`), max_tokens: 2 }),
    asked(chat, {
      messages,
      tools: tool({ type: 'object' }),
      tool_choice: { type: 'function', function: { name: marker } },
    }),
    asked(chat, { messages, chat_template_kwargs: { [marker]: marker, enable_thinking: marker } }),
    asked(chat, { messages, chat_template: `{{ raise_exception('${marker}') }}` }),
    asked(chat, { messages, chat_template: `{% ${marker} %}{{ ` }),
    asked(chat, { messages, reasoning_format: marker }),
    asked(chat, { messages, add_generation_prompt: marker }),
    asked(chat, { messages, response_format: { type: marker } }),
    asked(chat, { messages, response_format: marker }),
    asked(chat, { messages, lora: [{ id: marker }] }),
    asked(chat, { messages: [{ role: 'user', content: `${marker} `.repeat(40_000) }] }),
    asked(chat, { messages, stream: true, max_tokens: 3, timings_per_token: marker }),
    ...schemas.flatMap((schema) => [
      asked(chat, {
        messages,
        max_tokens: 2,
        response_format: { type: 'json_schema', json_schema: { name: marker, schema } },
      }),
      asked(chat, { messages, max_tokens: 2, tools: tool(schema), tool_choice: 'required' }),
      asked('/v1/completions', { prompt: marker, max_tokens: 2, json_schema: schema }),
    ]),
    ...[
      `root ::= "${marker}`,
      `${marker} ::= "x"`,
      `root ::= ${marker}`,
      `root ::= root "${marker}"`,
    ].flatMap((grammar) => [
      asked(chat, { messages, grammar, max_tokens: 2 }),
      asked('/v1/completions', { prompt: marker, grammar, max_tokens: 2 }),
      asked('/infill', { input_prefix: marker, input_suffix: marker, grammar, n_predict: 2 }),
    ]),
    asked('/v1/completions', { prompt: { [marker]: marker } }),
    asked('/v1/completions', { prompt: [marker, [marker]] }),
    asked('/v1/completions', { prompt: [[99_999_999], marker] }),
    asked('/v1/completions', { prompt: marker, n_predict: marker }),
    asked('/v1/completions', { prompt: marker, id_slot: 77 }),
    asked('/v1/completions', { prompt: `${marker}\u0000${marker}`, max_tokens: 2, stop: [marker, 4] }),
    asked('/v1/completions', { prompt: `${marker} `.repeat(40_000) }),
    asked('/infill', { input_prefix: { [marker]: 1 }, input_suffix: marker }),
    asked('/infill', { input_prefix: marker, input_suffix: marker, input_extra: [marker] }),
    asked('/infill', {
      input_prefix: marker,
      input_suffix: marker,
      input_extra: [{ text: { [marker]: 1 }, filename: marker }],
    }),
    asked('/infill', { input_prefix: marker, input_suffix: marker, prompt: [marker, { [marker]: 1 }] }),
    { path: chat, body: JSON.stringify({ model: marker, messages }) },
    { path: chat, body: JSON.stringify({ model: { [marker]: marker }, messages }) },
    {
      path: `${chat}?autoload=${marker}&model=${marker}`,
      body: JSON.stringify({ model, messages, max_tokens: 2 }),
    },
    { path: `/${marker}`, body: marker },
    {
      path: chat,
      headers: { 'x-conversation-id': marker, 'content-type': marker, authorization: marker },
      body: JSON.stringify({ model, messages, max_tokens: 2 }),
    },
    {
      path: chat,
      headers: { 'content-type': `multipart/form-data; boundary=${marker}` },
      body: `--${marker}\r\n${marker}`,
    },
  ];
}
