import { beforeEach, expect, it, vi } from 'vitest';
import { chatBody, headersOf, RelayWorld } from './relay-world.ts';
import { portOf } from './support.ts';

const lines: string[] = [];
const world = new RelayWorld({ logger: { level: 'info', stream: { write: (line) => lines.push(line) } } });

beforeEach(() => {
  lines.length = 0;
});

async function requestLines(count = 1) {
  const found = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  await vi.waitFor(() => expect(found()).toHaveLength(count), 5000);
  return found();
}

const timings = { cache_n: 30, prompt_n: 12, prompt_ms: 50.4, predicted_n: 7, predicted_ms: 90.6 };
const event = { choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: 'stop' }], timings };
const answer = `data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`;

it('a request for a model has one line with its account, and its id is in the answer', async () => {
  world.fake.handler = (_request, response) => response.end(answer);
  const { headers } = await world.answer('/v1/chat/completions', { ...chatBody, stream: true });
  const [line] = await requestLines();
  expect(line).toMatchObject({
    id: headers['x-request-id'],
    method: 'POST',
    route: '/v1/chat/completions',
    key: 'team',
    status: 200,
    ms: expect.any(Number),
    model: 'chat-model',
    destination: 'local',
    dialect: 'openai-chat',
    stream: true,
    outcome: 'done',
    tokens: { prompt: 42, cached: 30, answer: 7 },
    times: { queued: expect.any(Number), firstToken: expect.any(Number), prompt: 50, answer: 91 },
  });
  expect(line).not.toHaveProperty('left');
});

it('a client that leaves has one line too, which says so', async () => {
  world.fake.handler = (_request, response) => {
    response.write('data: {"choices":[{"index":0,"delta":{"content":"secret words"}}]}\n\n');
  };
  const outgoing = world.post('/v1/chat/completions', { ...chatBody, stream: true });
  const response = await headersOf(outgoing);
  response.once('data', () => outgoing.destroy());
  response.on('error', () => {});
  expect(await requestLines()).toMatchObject([{ left: true, outcome: 'left', tokens: { answer: 1 } }]);
});

it('what never was a request for a model has its line without an account', async () => {
  await world.answer('/v1/chat/completions', { messages: 'none' });
  const [line] = await requestLines();
  expect(line).toMatchObject({ status: 400, key: 'team' });
  expect(line).not.toHaveProperty('outcome');
});

it('no line holds what was said', async () => {
  world.fake.handler = (_request, response) => response.end(answer.replace('"hi"', '"canary-answer"'));
  const messages = [{ role: 'user', content: 'canary-prompt' }];
  await world.answer('/v1/chat/completions?canary-query=1', { messages, user: 'canary-user' });
  await requestLines();
  expect(lines.join('')).not.toContain('canary');
});

it('a question that some may ask without a key has its line where it needed one', async () => {
  await world.answer('/api/show', { model: 'chat-model' });
  expect(await requestLines()).toMatchObject([{ route: '/api/show', key: 'team', status: 200 }]);
  const port = portOf(world.app.server);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
  expect(await requestLines(2)).toMatchObject([{}, { route: '/metrics', key: null, status: 401 }]);
});

it('a probe has no line', async () => {
  const port = portOf(world.app.server);
  await fetch(`http://127.0.0.1:${port}/health`);
  await world.answer('/v1/chat/completions', { messages: 'none' });
  expect(await requestLines()).toMatchObject([{ route: '/v1/chat/completions' }]);
});
