import { expect, it } from 'vitest';
import * as z from 'zod';
import { RelayWorld } from '../relay-world.ts';
import { authorization } from '../support.ts';
import { saysInChat } from './engine-answers.ts';

/* Zed (zed-industries/zed). Transcribed, not captured: crates/llama_cpp/src/llama_cpp.rs, crates/ollama/src/ollama.rs. */
const world = new RelayWorld();
const get = async (url: string) => (await world.app.inject({ url, headers: { authorization } })).json();

it('its provider llama.cpp finds the context’s size, and takes this for a server of one model', async () => {
  const { data } = await get('/v1/models');
  expect(data[0].meta.n_ctx).toBe(4096);
  // With a status, it would listen to the router's events at /models/sse.
  for (const entry of data) expect(entry).not.toHaveProperty('status');
  const props = await get('/props?model=chat-model');
  expect(props.default_generation_settings.n_ctx).toBe(4096);
  expect(props.modalities.vision).toBe(false);
  const { supports_tools, supports_tool_calls } = props.chat_template_caps;
  expect(supports_tools || supports_tool_calls).toBe(true);
});

/** Its `ChatResponseDelta`: a line that does not fit ends the conversation, so heartbeats must. */
const Line = z.object({
  model: z.string(),
  created_at: z.string(),
  message: z.object({
    role: z.literal('assistant'),
    content: z.string(),
    tool_calls: z
      .array(z.object({ function: z.object({ name: z.string(), arguments: z.unknown() }) }))
      .optional(),
    thinking: z.string().optional(),
  }),
  done_reason: z.string().optional(),
  done: z.boolean(),
  prompt_eval_count: z.int().min(0).optional(),
  eval_count: z.int().min(0).optional(),
});

it('its provider Ollama understands every line, heartbeats too', async () => {
  world.fake.handler = (request, response, body) => {
    // Longer than the heartbeat of the tests' gateway.
    setTimeout(() => saysInChat({ content: 'a' }, { content: 'b' })(request, response, body), 400);
  };
  const request = {
    model: 'coder',
    messages: [
      { role: 'system', content: 'You are Zed.' },
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'ls', arguments: {} } }],
        thinking: null,
      },
      { role: 'tool', tool_name: 'ls', content: 'a' },
    ],
    stream: true,
    keep_alive: -1,
    options: { num_ctx: 4096, num_predict: null, stop: [], temperature: 1.0, top_p: null },
    tools: [],
    think: null,
  };
  const { text } = await world.answer('/api/chat', request);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)));
  expect(lines.map(({ message }) => message.content).join('')).toBe('ab');
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.at(-1)).toMatchObject({ done: true, prompt_eval_count: 30, eval_count: 7 });
  const sent = JSON.parse(world.fake.requests[0]?.body ?? '');
  expect(sent.messages[2].tool_calls[0].id).toBe(sent.messages[3].tool_call_id);
  expect(sent).not.toHaveProperty('tools');
});

it('its provider Ollama gets an answer that broke off as an error, not as an end', async () => {
  world.fake.handler = (_request, response) => {
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'a' } }] })}\n\n`);
    setTimeout(() => response.destroy(), 50);
  };
  const body = { model: 'coder', messages: [{ role: 'user', content: 'hi' }], stream: true };
  const lines = (await world.answer('/api/chat', body)).text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ message: { content: 'a' }, done: false });
  expect(lines.at(-1)).toEqual({ error: expect.stringContaining('broke off') });
});
