import { describe, expect, it } from 'vitest';
import { codexRequest } from './responses-codex.ts';
import { chatFor, exchangeFor, faultFor, messagesFor } from './responses-support.ts';

describe('a request', () => {
  it('becomes a chat completion with the engine’s own names', () => {
    const exchange = exchangeFor({
      instructions: 'Be brief.',
      max_output_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      reasoning: { effort: 'low', summary: 'auto' },
      stream: true,
      store: true,
      metadata: { a: 'b' },
    });
    expect(exchange).toMatchObject({ path: '/v1/chat/completions', stream: true });
    expect(exchange.body).toEqual({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
      max_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      reasoning_effort: 'low',
      stream_options: { include_usage: true },
    });
  });

  it('keeps fields that nobody here knows, but none that steers the engine or replaces what was said', () => {
    const body = chatFor({ seed: 3, top_k: null, id_slot: 1, messages: [] });
    expect(body).toMatchObject({ seed: 3, messages: [{ role: 'user', content: 'Hello' }] });
    expect(body).not.toHaveProperty('id_slot');
    expect(body).not.toHaveProperty('top_k');
  });

  it('asks for structured output as chat completions do', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const format = { type: 'json_schema', name: 'thing', schema, strict: true };
    expect(chatFor({ text: { format, verbosity: 'low' } }).response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'thing', schema, strict: true },
    });
    const plain = chatFor({ text: { format: { type: 'json_object' } } });
    expect(plain.response_format).toEqual({ type: 'json_object' });
    expect(chatFor({ text: { format: { type: 'text' } } })).not.toHaveProperty('response_format');
    expect(faultFor({ text: { format: { type: 'json_schema', name: 'x' } } }).details.parameter).toBe(
      'text.format.schema',
    );
  });

  it('that builds on what is not kept here is refused, in the words VS Code knows', () => {
    expect(faultFor({ previous_response_id: 'resp_1' })).toMatchObject({
      status: 400,
      error: { code: 'previous_response_not_found' },
      details: { parameter: 'previous_response_id' },
    });
    expect(chatFor({ previous_response_id: null, background: false })).toHaveProperty('messages');
    for (const field of [{ background: true }, { conversation: 'conv_1' }, { prompt: { id: 'p' } }]) {
      const { status, details } = faultFor(field);
      expect([status, details.parameter]).toEqual([400, Object.keys(field)[0]]);
    }
    const item = faultFor({
      input: [
        { role: 'user', content: 'a' },
        { type: 'item_reference', id: 'x' },
      ],
    });
    expect(item.details.parameter).toBe('input[1]');
  });

  it.each([
    [{ input: 3 }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: ['a'] }, 'input[0]'],
    [{ input: [{ role: 'nobody', content: 'a' }] }, 'input[0].role'],
    [{ input: [{ role: 'user' }] }, 'input[0].content'],
    [{ input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] }, 'input[0].content[0]'],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
      'input[0].content[0].image_url',
    ],
    [{ input: [{ type: 'function_call', name: 'f', arguments: '{}' }] }, 'input[0].call_id'],
    [{ input: [{ type: 'function_call_output', call_id: 'c' }] }, 'input[0].output'],
    [{ instructions: 3 }, 'instructions'],
    [{ max_output_tokens: 0 }, 'max_output_tokens'],
    [{ tools: {} }, 'tools'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ tool_choice: 'sometimes' }, 'tool_choice'],
    [{ text: { format: { type: 'xml' } } }, 'text.format.type'],
  ])('%j is refused with the place of what is wrong', (body, parameter) => {
    const fault = faultFor(body);
    expect([fault.status, fault.details.parameter]).toEqual([400, parameter]);
  });
});

describe('a conversation', () => {
  it('is that of a chat, whether its messages say their type or not', () => {
    const content = messagesFor(
      { role: 'developer', content: 'Rules.' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'More.' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'One' }] },
      { id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Two', annotations: [] }] },
      { role: 'user', content: 'Three' },
      { role: 'developer', content: 'Hurry.' },
    );
    expect(content).toEqual([
      { role: 'system', content: 'Rules.\n\nMore.' },
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: 'Three' },
      { role: 'user', content: 'Hurry.' },
    ]);
  });

  it('keeps pictures and texts of one message in order', () => {
    const parts = [
      { type: 'input_text', text: 'See' },
      { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'low' },
      { type: 'text', text: 'this' },
    ];
    expect(messagesFor({ role: 'user', content: parts })).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
          { type: 'text', text: 'this' },
        ],
      },
    ]);
  });

  it('has what the model thought, said and called in one go as one message', () => {
    const messages = messagesFor(
      { role: 'user', content: 'Do it' },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: null,
      },
      {
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'Well.' },
          { type: 'refusal', refusal: ' No.' },
        ],
      },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'apply_patch', input: '*** "Begin"\n' },
      {
        type: 'local_shell_call',
        call_id: 'c3',
        status: 'completed',
        action: { type: 'exec', command: ['ls'] },
      },
      { type: 'function_call_output', call_id: 'c1', output: 'one' },
      {
        type: 'custom_tool_call_output',
        call_id: 'c2',
        output: [
          { type: 'input_text', text: 'two' },
          { type: 'input_text', text: 'three' },
        ],
      },
      { type: 'local_shell_call_output', id: 'c3', output: 'four' },
    );
    const called = (id: string, name: string, given: object) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(given) },
    });
    expect(messages).toEqual([
      { role: 'user', content: 'Do it' },
      {
        role: 'assistant',
        content: 'Well. No.',
        reasoning_content: 'Hm.',
        tool_calls: [
          called('c1', 'f', { a: 1 }),
          called('c2', 'apply_patch', { input: '*** "Begin"\n' }),
          called('c3', 'local_shell', { type: 'exec', command: ['ls'] }),
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: 'two\nthree' },
      { role: 'tool', tool_call_id: 'c3', content: 'four' },
    ]);
  });

  it('is without empty thoughts, thoughts that led to nothing, and items of OpenAI’s own tools', () => {
    const messages = messagesFor(
      { role: 'user', content: 'a' },
      { type: 'reasoning', id: 'rs_1', summary: [], content: null, encrypted_content: 'x' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
      { type: 'reasoning', id: 'rs_2', summary: [{ type: 'summary_text', text: 'Hm.' }] },
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: {} },
      { role: 'user', content: 'd' },
    );
    expect(messages).toEqual([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
      { role: 'user', content: 'd' },
    ]);
  });
});

describe('tools', () => {
  const f = { type: 'function', name: 'f', description: 'F.', parameters: { type: 'object' }, strict: true };
  const g = { type: 'function', name: 'g', parameters: null };
  const sentF = {
    type: 'function',
    function: { name: 'f', description: 'F.', parameters: { type: 'object' }, strict: true },
  };
  const namesIn = ({ tools }: ReturnType<typeof chatFor>) => JSON.stringify(tools).match(/(?<="name":")\w+/g);

  it('are functions; those of OpenAI’s servers are left out', () => {
    const body = chatFor({ tools: [f, g, { type: 'web_search' }], parallel_tool_calls: false });
    expect(body).toMatchObject({ tool_choice: 'auto', parallel_tool_calls: false });
    expect(body.tools).toEqual([
      sentF,
      { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
    ]);
    const none = chatFor({ tools: [{ type: 'web_search' }], tool_choice: 'auto', parallel_tool_calls: true });
    expect(Object.keys(none)).toEqual(['messages', 'stream_options']);
  });

  it('that take a text become functions of one string, told of their grammar', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };
    const { tools } = chatFor({
      tools: [{ type: 'custom', name: 'patch', description: 'Patches.', format }],
    });
    expect(tools).toMatchObject([
      { function: { name: 'patch', parameters: { required: ['input'], additionalProperties: false } } },
    ]);
    expect(JSON.stringify(tools)).toContain('It follows this lark grammar:\\nstart: \\"x\\"');
  });

  it('in a namespace have it in their name, in the conversation too', () => {
    const body = chatFor({
      tools: [f, { type: 'namespace', name: 'mcp__x', description: 'X.', tools: [f, g] }],
      input: [{ type: 'function_call', call_id: 'c', namespace: 'mcp__x', name: 'g', arguments: '{}' }],
    });
    expect(namesIn(body)).toEqual(['f', 'mcp__x__f', 'mcp__x__g']);
    expect(body.messages).toMatchObject([{ tool_calls: [{ function: { name: 'mcp__x__g' } }] }]);
  });

  it.each(['none', 'auto', 'required'])('are chosen as %s is', (tool_choice) => {
    expect(chatFor({ tools: [f], tool_choice })).toMatchObject({ tools: [sentF], tool_choice });
  });

  it('that are named are the only ones, and required', () => {
    const one = chatFor({ tools: [g, f], tool_choice: { type: 'function', name: 'f' } });
    expect(one).toMatchObject({ tools: [sentF], tool_choice: 'required' });
    const allowed = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] };
    expect(chatFor({ tools: [g, f], tool_choice: allowed })).toMatchObject({
      tools: [sentF],
      tool_choice: 'auto',
    });
    const hosted = chatFor({ tools: [f], tool_choice: { type: 'web_search' } });
    expect(hosted).toMatchObject({ tools: [sentF], tool_choice: 'auto' });
    const missing = faultFor({ tools: [g], tool_choice: { type: 'function', name: 'f' } });
    expect(missing.details.parameter).toBe('tool_choice.name');
  });
});

it('of Codex is understood, second turn and all', () => {
  const { messages, tools, ...rest } = chatFor(codexRequest);
  expect(rest).toEqual({
    tool_choice: 'auto',
    parallel_tool_calls: true,
    stream_options: { include_usage: true },
  });
  expect(JSON.stringify(tools).match(/(?<="function":{"name":")\w+/g)).toEqual([
    'exec_command',
    'mcp__toy__echo',
  ]);
  expect(messages).toEqual([
    { role: 'system', content: 'You are a coding agent running in the Codex CLI.\n\n<skills_instructions>' },
    { role: 'user', content: '<environment_context>' },
    { role: 'user', content: 'use a tool' },
    {
      role: 'assistant',
      content: 'I call it.',
      reasoning_content: 'Let me think.',
      tool_calls: [
        {
          id: 'c2',
          type: 'function',
          function: { name: 'exec_command', arguments: '{"cmd":"echo from-the-shell"}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'c2', content: 'Process exited with code 0\nOutput:\nfrom-the-shell\n' },
  ]);
});
