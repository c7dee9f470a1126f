import { describe, expect, it } from 'vitest';
import { ollamaGenerate } from '../../../../src/gateway/dialects/ollama/generate.ts';
import type { JsonValue } from '../../../../src/gateway/json.ts';
import { chatFor, generateFor, user } from './ollama-support.ts';

const messages = [user('hi')];
const usage = { stream_options: { include_usage: true } };

describe('Ollama’s chat', () => {
  it('becomes a chat completion, streamed unless it says otherwise', () => {
    const { path, body, stream } = chatFor({ model: 'm', messages, keep_alive: '5m', truncate: true });
    expect({ path, body, stream }).toEqual({
      path: '/v1/chat/completions',
      body: { messages, ...usage },
      stream: true,
    });
    expect(chatFor({ messages, stream: false }).stream).toBe(false);
  });

  it('keeps the options of the answer, and not those of how a model is loaded', () => {
    const options = {
      num_ctx: 99,
      num_gpu: 1,
      num_keep: 4,
      num_predict: 12,
      temperature: 0.5,
      top_k: 3,
      top_p: 0.9,
      min_p: 0.1,
      seed: 0,
      repeat_penalty: 1.1,
      repeat_last_n: 64,
      stop: 'END',
      presence_penalty: null,
    };
    expect(chatFor({ messages, options }).body).toEqual({
      messages,
      max_tokens: 12,
      temperature: 0.5,
      top_k: 3,
      top_p: 0.9,
      min_p: 0.1,
      seed: 0,
      repeat_penalty: 1.1,
      repeat_last_n: 64,
      stop: ['END'],
      ...usage,
    });
    for (const num_predict of [-1, -2]) {
      expect(chatFor({ messages, options: { num_predict, stop: [] } }).body).toEqual({ messages, ...usage });
    }
  });

  it('gets the form that is asked for, and thinks if it is told to', () => {
    expect(chatFor({ messages, format: 'json' }).body.response_format).toEqual({ type: 'json_object' });
    const schema = { type: 'object' };
    expect(chatFor({ messages, format: schema }).body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema },
    });
    expect(chatFor({ messages, format: '', think: null }).body).toEqual({ messages, ...usage });
    expect(chatFor({ messages, think: false }).body.chat_template_kwargs).toEqual({ enable_thinking: false });
    expect(chatFor({ messages, think: 'high' }).body.chat_template_kwargs).toEqual({
      enable_thinking: true,
      reasoning_effort: 'high',
    });
  });

  it('has calls and results that belong together, whatever they are called', () => {
    const call = (name: string, more: object = {}) => ({ ...more, function: { name, arguments: { a: 1 } } });
    const sent = chatFor({
      messages: [
        user('go'),
        { role: 'assistant', thinking: 'hm', tool_calls: [call('x'), call('y'), call('x', { id: 'own' })] },
        { role: 'tool', tool_name: 'y', content: 'from y' },
        { role: 'tool', tool_call_id: 'own', content: 'from own' },
        { role: 'tool', content: 'from x' },
      ],
      tools: [],
    }).body.messages;
    const asked = (id: string, name: string) => ({
      id,
      type: 'function',
      function: { name, arguments: '{"a":1}' },
    });
    expect(sent).toEqual([
      user('go'),
      {
        role: 'assistant',
        content: '',
        reasoning_content: 'hm',
        tool_calls: [asked('call_1_0', 'x'), asked('call_1_1', 'y'), asked('own', 'x')],
      },
      { role: 'tool', content: 'from y', tool_call_id: 'call_1_1' },
      { role: 'tool', content: 'from own', tool_call_id: 'own' },
      { role: 'tool', content: 'from x', tool_call_id: 'call_1_0' },
    ]);
  });

  it('has one system message, and that at the front, as strict templates want it', () => {
    const system = (content: string) => ({ role: 'system', content });
    const { body } = chatFor({ messages: [system('a'), system('b'), user('x'), system('c')] });
    expect(body.messages).toEqual([system('a\n\nb'), user('x'), user('c')]);
  });

  it('passes tools on, and no empty list of them', () => {
    const tools = [{ type: 'function', function: { name: 'x', parameters: {} } }];
    expect(chatFor({ messages, tools }).body.tools).toEqual(tools);
    expect(chatFor({ messages, tools: [] }).body).not.toHaveProperty('tools');
  });

  it.each([
    [{ messages: 'hi' }, 'messages'],
    [{ messages: ['hi'] }, 'messages'],
    [{ messages: [{ content: 'hi' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: 3 }] }, 'messages[0].content'],
    [{ messages: [{ role: 'assistant', tool_calls: [{}] }] }, 'messages[0].tool_calls[0]'],
    [{ messages, options: 'hot' }, 'options'],
    [{ messages, options: { temperature: 'hot' } }, 'options.temperature'],
    [{ messages, options: { stop: [1] } }, 'options.stop'],
    [{ messages, format: 'xml' }, 'format'],
    [{ messages, tools: {} }, 'tools'],
  ])('that is wrong is refused by its field: %j', (body, parameter) => {
    expect(() => chatFor(body)).toThrow(expect.objectContaining({ details: { parameter }, status: 400 }));
  });

  it('with arguments that are nested beyond reason is refused', () => {
    const depth = 100_000;
    const nested: JsonValue = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    const called = { role: 'assistant', tool_calls: [{ function: { name: 'x', arguments: nested } }] };
    expect(() => chatFor({ messages: [called] })).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('with pictures is refused, clearly', () => {
    const seen = { messages: [{ ...user('look'), images: ['aGk='] }] };
    expect(() => chatFor(seen)).toThrow('images');
    expect(() => generateFor({ prompt: 'look', images: ['aGk='] })).toThrow('images');
    expect(chatFor({ messages: [{ ...user('hi'), images: [] }] }).body.messages).toEqual(messages);
  });
});

describe('Ollama’s generate', () => {
  it('is a chat with one message', () => {
    const { path, body } = generateFor({ prompt: 'hi', system: 'Be brief.', options: { num_predict: 5 } });
    expect(path).toBe('/v1/chat/completions');
    const system = { role: 'system', content: 'Be brief.' };
    expect(body).toEqual({ messages: [system, user('hi')], max_tokens: 5, ...usage });
  });

  it('fills a gap where there is a suffix', () => {
    const asked = { prompt: 'a', suffix: 'b', system: 'no', format: 'json', options: { temperature: 0 } };
    const { path, body } = generateFor(asked);
    expect(ollamaGenerate.roleFor(asked)).toBe('complete');
    expect(path).toBe('/infill');
    expect(body).toEqual({
      input_prefix: 'a',
      input_suffix: 'b',
      temperature: 0,
      json_schema: { type: 'object' },
    });
    expect(generateFor({ suffix: 'b' }).body).toEqual({ input_prefix: '', input_suffix: 'b' });
  });

  it.each([
    [{ prompt: 'a', raw: true }],
    [{ prompt: '<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>', suffix: '' }],
    [{ prompt: '<fim_prefix>a<fim_suffix>b<fim_middle>' }],
    [{ prompt: '<PRE> a <SUF>b <MID>' }],
    [{ prompt: '<｜fim▁begin｜>a<｜fim▁hole｜>b<｜fim▁end｜>' }],
    [{ prompt: '[SUFFIX]b[PREFIX]a' }],
  ])('goes on with a prompt that is ready for the model: %j', (asked) => {
    expect(ollamaGenerate.roleFor(asked)).toBe('complete');
    const { path, body } = generateFor(asked);
    expect({ path, body }).toEqual({ path: '/completion', body: { prompt: asked.prompt } });
  });

  it('refuses a template of the client’s, which would be ignored', () => {
    expect(() => generateFor({ prompt: 'a', template: '{{ .Prompt }}' })).toThrow('template');
    expect(generateFor({ prompt: 'a', template: '' }).path).toBe('/v1/chat/completions');
  });

  it('asks the engine for nothing when it has no prompt', () => {
    for (const exchange of [generateFor({ model: 'm' }), chatFor({ model: 'm', messages: [] })]) {
      expect(exchange.path).toBe('/completion');
      expect(exchange.body).toEqual({ prompt: '', n_predict: 0 });
    }
  });

  it.each(['prompt', 'suffix', 'system'])('refuses a %s that is no text', (parameter) => {
    expect(() => generateFor({ [parameter]: 3 })).toThrow(
      expect.objectContaining({ details: { parameter } }),
    );
  });
});
