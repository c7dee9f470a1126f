import { describe, expect, it } from 'vitest';
import { chatFor, exchangeFor, faultFor, hello } from './anthropic-support.ts';

const messagesFor = (messages: object[], system?: string) =>
  chatFor({ messages: JSON.parse(JSON.stringify(messages)), ...(system !== undefined && { system }) })
    .messages;

describe('a request', () => {
  it('becomes a chat completion with the engine’s own names', () => {
    const body = {
      system: 'Be brief.',
      max_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stream: true,
      metadata: { user_id: 'someone' },
    };
    const exchange = exchangeFor(body);
    expect(exchange).toMatchObject({ path: '/v1/chat/completions', stream: true });
    expect(exchange.body).toEqual({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
      max_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      chat_template_kwargs: { enable_thinking: false },
      stream_options: { include_usage: true },
    });
  });

  it('keeps fields that nobody here knows, but none that steers the engine or is Anthropic’s', () => {
    const body = chatFor({
      seed: 3,
      id_slot: 1,
      context_management: { edits: [] },
      betas: ['x'],
      service_tier: 'auto',
    });
    expect(body).toMatchObject({ seed: 3 });
    expect(Object.keys(body)).not.toContain('id_slot');
    expect(Object.keys(body)).not.toContain('context_management');
    expect(Object.keys(body)).not.toContain('betas');
    expect(Object.keys(body)).not.toContain('service_tier');
  });

  it('thinks when it is asked to, within its budget', () => {
    expect(chatFor({ thinking: { type: 'adaptive' } })).toMatchObject({
      chat_template_kwargs: { enable_thinking: true },
    });
    expect(chatFor({ thinking: { type: 'disabled' } })).toMatchObject({
      chat_template_kwargs: { enable_thinking: false },
    });
    expect(chatFor({ thinking: { type: 'enabled', budget_tokens: 2048 } })).toMatchObject({
      chat_template_kwargs: { enable_thinking: true },
      reasoning_budget_tokens: 2048,
    });
  });

  it('asks the engine which word it stopped at', () => {
    const asked = chatFor({ stop_sequences: ['END', ''] });
    expect(asked).toMatchObject({ stop: ['END'], verbose: true, response_fields: ['stopping_word'] });
    expect(chatFor({ stop_sequences: [] })).not.toHaveProperty('verbose');
  });

  it.each(['output_config', 'output_format'])('asks for the form of %s', (field) => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    const body = chatFor({ [field]: field === 'output_config' ? { format, effort: 'high' } : format });
    expect(body.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { schema: { type: 'object' } },
    });
  });
});

describe('messages', () => {
  it('of one side in a row are one', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'user', content: [{ type: 'text', text: 'b', cache_control: { type: 'ephemeral' } }] },
      { role: 'assistant', content: 'c' },
      { role: 'assistant', content: [{ type: 'text', text: 'd' }] },
    ];
    expect(messagesFor(messages)).toEqual([
      { role: 'user', content: 'a\nb' },
      { role: 'assistant', content: 'c\nd' },
    ]);
  });

  it('of the system amid a conversation are the user’s, those before it the system prompt’s', () => {
    const messages = [
      { role: 'system', content: 'Second.' },
      { role: 'user', content: 'a' },
      { role: 'system', content: [{ type: 'text', text: 'Third.' }] },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ];
    expect(messagesFor(messages, 'First.')).toEqual([
      { role: 'system', content: 'First.\nSecond.' },
      { role: 'user', content: 'a\n<system-reminder>\nThird.\n</system-reminder>' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ]);
  });

  it('of the system are gone after the turn they were for', () => {
    const note = { role: 'system', content: 'Now.', clear_at: 'next_user_message' };
    const before = [{ role: 'user', content: 'a' }, note];
    expect(messagesFor(before)).toMatchObject([{ content: expect.stringContaining('Now.') }]);
    const after = [...before, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }];
    expect(JSON.stringify(messagesFor(after))).not.toContain('Now.');
  });

  it('with calls and their results keep their order, and failures are read of', () => {
    const messages = [
      { role: 'user', content: 'Read it.' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Which file?', signature: 's' },
          { type: 'redacted_thinking', data: 'x' },
          { type: 'text', text: 'Both.' },
          { type: 'tool_use', id: 't1', name: 'read', input: { path: 'a' } },
          { type: 'tool_use', id: 't2', name: 'read', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'A' }] },
          { type: 'tool_result', tool_use_id: 't2', content: 'no such file', is_error: true },
          { type: 'text', text: 'Go on.' },
        ],
      },
    ];
    const fn = (args: string) => ({ name: 'read', arguments: args });
    expect(messagesFor(messages)).toEqual([
      { role: 'user', content: 'Read it.' },
      {
        role: 'assistant',
        content: 'Both.',
        reasoning_content: 'Which file?',
        tool_calls: [
          { id: 't1', type: 'function', function: fn('{"path":"a"}') },
          { id: 't2', type: 'function', function: fn('{}') },
        ],
      },
      { role: 'tool', tool_call_id: 't1', content: 'A' },
      { role: 'tool', tool_call_id: 't2', content: 'Error:\nno such file' },
      { role: 'user', content: 'Go on.' },
    ]);
  });

  it('with results of tools have those first, since they must follow the calls', () => {
    const messages = [
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: {} }] },
      { role: 'system', content: 'Be quick.' },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'A' }] },
    ];
    expect(messagesFor(messages)).toMatchObject([
      { role: 'assistant' },
      { role: 'tool', content: 'A' },
      { role: 'user', content: expect.stringContaining('Be quick.') },
    ]);
  });

  it('with a call alone have no content, and a result without any is empty', () => {
    const messages = [
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't' }] },
    ];
    expect(messagesFor(messages)).toMatchObject([
      { role: 'assistant', content: null },
      { role: 'tool', content: '' },
    ]);
  });

  it('may show pictures, also in results', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } };
    const part = { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } };
    const messages = [
      { role: 'user', content: [{ type: 'text', text: 'See' }, image] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [image] }] },
    ];
    expect(messagesFor(messages)).toMatchObject([
      { role: 'user', content: [{ type: 'text', text: 'See' }, part] },
      { role: 'assistant' },
      { role: 'tool', content: [part] },
    ]);
  });

  it('may hold documents of plain text, and what was found', () => {
    const text = { type: 'text', text: 'B' };
    const content = [
      { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'A' } },
      { type: 'document', source: { type: 'content', content: [text] } },
      { type: 'document', source: { type: 'content', content: 'C' } },
      { type: 'search_result', title: 'S', source: 'https://x', content: [text] },
    ];
    expect(messagesFor([{ role: 'user', content }])).toEqual([
      { role: 'user', content: 'T\nA\nB\nC\nS (https://x)\nB' },
    ]);
  });

  it('lose what only Anthropic’s servers can read', () => {
    const content = [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
      { type: 'text', text: 'Found.' },
    ];
    expect(messagesFor([...hello, { role: 'assistant', content }])).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'Found.' },
    ]);
  });
});

describe('tools', () => {
  const read = { name: 'read', description: 'Reads.', input_schema: { type: 'object' } };
  const write = { name: 'write', input_schema: { type: 'object' } };
  const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 8 };
  const readFunction = {
    type: 'function',
    function: { name: 'read', description: 'Reads.', parameters: { type: 'object' } },
  };
  const writeFunction = { type: 'function', function: { name: 'write', parameters: { type: 'object' } } };

  it('are functions; those of Anthropic’s servers are left out', () => {
    expect(chatFor({ tools: [read, search, write] }).tools).toEqual([readFunction, writeFunction]);
    expect(chatFor({ tools: [search], tool_choice: { type: 'any' } })).not.toHaveProperty('tool_choice');
    expect(
      chatFor({ tools: [search], tool_choice: { type: 'tool', name: 'web_search' } }),
    ).not.toHaveProperty('tools');
  });

  it.each([
    ['auto', 'auto'],
    ['any', 'required'],
    ['none', 'none'],
  ])('chosen with %s are %s', (type, choice) => {
    const tool_choice = { type, disable_parallel_tool_use: true };
    expect(chatFor({ tools: [read], tool_choice })).toMatchObject({
      tools: [readFunction],
      tool_choice: choice,
      parallel_tool_calls: false,
    });
  });

  it('chosen by name are the only ones, and required', () => {
    const asked = chatFor({ tools: [read, write], tool_choice: { type: 'tool', name: 'write' } });
    expect(asked).toMatchObject({ tools: [writeFunction], tool_choice: 'required' });
    expect(asked).not.toHaveProperty('parallel_tool_calls');
  });
});

describe('a wrong request is told where it is wrong', () => {
  const content = (block: object) => ({ messages: [{ role: 'user', content: [{ ...block }] }] });
  it.each([
    [{ messages: [] }, 'messages', 'an array that is not empty'],
    [{ messages: 'hi' }, 'messages', 'an array'],
    [{ messages: [{ role: 'tool', content: '' }] }, 'messages[0].role', '"user" or "assistant" or "system"'],
    [
      { messages: [{ role: 'user', content: 3 }] },
      'messages[0].content',
      'a string or an array of content blocks',
    ],
    [content({ type: 'txt' }), 'messages[0].content[0].type', 'a known type'],
    [content({ type: 'text' }), 'messages[0].content[0].text', 'a string'],
    [
      content({ type: 'image', source: { type: 'file', file_id: 'f' } }),
      'messages[0].content[0].source.type',
      '"base64" or "url": this server keeps no files',
    ],
    [
      content({ type: 'image', source: { type: 'url', url: 'file:///etc/passwd' } }),
      'messages[0].content[0].source.url',
      'a URL of http or https',
    ],
    [
      content({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: '' } }),
      'messages[0].content[0].source.type',
      '"text" or "content": no model here reads other documents than plain text',
    ],
    [{ system: 3 }, 'system', 'a string or an array of content blocks'],
    [{ max_tokens: 'many' }, 'max_tokens', 'a number'],
    [{ max_tokens: 1.5 }, 'max_tokens', 'a whole number'],
    [{ max_tokens: -1 }, 'max_tokens', 'at least 0'],
    [{ tools: [{ name: 'a' }] }, 'tools[0].input_schema', 'an object'],
    [{ tool_choice: { type: 'all' } }, 'tool_choice.type', 'a known type'],
    [{ tool_choice: { type: 'tool', name: 'x' } }, 'tool_choice.name', 'the name of one of "tools"'],
  ])('%j', (body, parameter, expected) => {
    const { error, details } = faultFor(JSON.parse(JSON.stringify(body)));
    expect(error.code).toBe('invalid_parameter');
    expect(details.parameter).toBe(parameter);
    expect(error.message).toBe(`"${parameter}" must be ${expected}.`);
  });
});
