import { expect, it } from 'vitest';
import { events, RelayWorld } from '../relay-world.ts';
import { authorization } from '../support.ts';
import { saysInChat, saysNatively } from './engine-answers.ts';

/*
 * Continue (continuedev/continue). Transcribed, not captured: core/llm/llms/Ollama.ts, LlamaCpp.ts, and for Mistral's
 * way of filling gaps OpenAI.ts, `_streamFim`.
 */
const world = new RelayWorld();

/** Its reader of Ollama's lines: each must parse, none may have an `error`. */
function lines(text: string) {
  const chunks = text.split('\n');
  expect(chunks.pop()).toBe('');
  return chunks.map((chunk) => {
    const line = JSON.parse(chunk);
    expect(line).not.toHaveProperty('error');
    return line;
  });
}

const parameters = { temperature: 0.01, top_p: undefined, num_predict: 4096, stop: ['\n\n'], num_ctx: 8192 };

it('Ollama’s /api/show tells it the context’s size, and that gaps can be filled', async () => {
  const asked = { method: 'POST', url: '/api/show', headers: { authorization } } as const;
  const response = await world.app.inject({ ...asked, payload: JSON.stringify({ name: 'fim-model' }) });
  const { parameters: text, template } = response.json();
  const read = text.split('\n').map((line: string) => /^(\S+)\s+((?:".*")|\S+)$/.exec(line)?.slice(1));
  expect(read).toEqual([['num_ctx', '2048']]);
  expect(template.includes('.Suffix')).toBe(true);
});

it('a gap is filled through Ollama’s /api/generate', async () => {
  world.fake.handler = saysNatively('x', 'y');
  const body = {
    model: 'qwen2.5-coder:1.5b',
    prompt: 'a',
    suffix: 'b',
    options: parameters,
    keep_alive: 1800,
  };
  const { text, headers } = await world.answer('/api/generate', { ...body, stream: true });
  expect(headers['content-type']).toBe('application/x-ndjson');
  expect(
    lines(text)
      .map(({ response }) => response)
      .join(''),
  ).toBe('xy');
  expect(world.fake.requests[0]?.path).toBe('/infill?autoload=false');
});

it('a prompt that it put together itself goes to the model as it is', async () => {
  world.fake.handler = saysNatively('x');
  const body = {
    model: 'm',
    prompt: '<PRE> a',
    raw: true,
    options: parameters,
    keep_alive: 1800,
    stream: true,
  };
  expect(lines((await world.answer('/api/generate', body)).text)[0].response).toBe('x');
  expect(JSON.parse(world.fake.requests[0]?.body ?? '')).toMatchObject({
    prompt: '<PRE> a',
    n_predict: 2048,
    stop: ['\n\n'],
  });
});

it('a chat with tools is one answer, whose calls it reads', async () => {
  const call = { index: 0, id: 'c', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } };
  world.fake.handler = saysInChat({ tool_calls: [call] });
  const tools = [{ type: 'function', function: { name: 'read', description: 'x', parameters: {} } }];
  const messages = [{ role: 'user', content: 'go', images: undefined }];
  const body = { model: 'm', messages, options: parameters, keep_alive: 1800, tools, stream: false };
  const { message } = JSON.parse((await world.answer('/api/chat', body)).text);
  expect(message.role).toBe('assistant');
  expect(message.tool_calls[0].function).toMatchObject({ name: 'read', arguments: { path: 'a' } });
});

it('its provider llama.cpp posts to /completion, and reads the content of each event', async () => {
  world.fake.handler = saysNatively('x', 'y');
  const body = { prompt: 'a', stream: true, n_predict: 600, stop: ['\n'], top_k: 5, temperature: 0.5 };
  const { text } = await world.answer('/completion', body);
  expect(
    events(text)
      .map(({ content }) => content)
      .join(''),
  ).toBe('xy');
});

it('its providers that fill gaps read choices[0].delta.content of every event', async () => {
  world.fake.handler = saysNatively('x', 'y');
  const body = {
    model: 'codestral',
    prompt: 'a',
    suffix: 'b',
    max_tokens: 64,
    temperature: 0.01,
    stop: [],
    stream: true,
  };
  const parts = events((await world.answer('/fim/completions', body)).text);
  expect(parts.pop()).toBe('[DONE]');
  expect(parts.map(({ choices }) => choices[0].delta.content).join('')).toBe('xy');
  expect(parts.map(({ choices }) => choices[0].text).join('')).toBe('xy');
  expect(parts.at(-1)).toMatchObject({
    object: 'chat.completion.chunk',
    model: 'codestral',
    choices: [{ finish_reason: 'stop' }],
    usage: { prompt_tokens: 30, completion_tokens: 7, total_tokens: 37 },
  });
  expect(JSON.parse(world.fake.requests[0]?.body ?? '')).toMatchObject({
    input_prefix: 'a',
    input_suffix: 'b',
  });
});
