import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { chunkOf, RelayWorld } from '../relay-world.ts';
import { key, portOf } from '../support.ts';

const world = new RelayWorld();

function breaksOffLate(): void {
  world.fake.handler = (_request, response) => {
    response.write(chunkOf('Half an ans'));
    // After the status line has gone out.
    setTimeout(() => response.destroy(), 400);
  };
}

it('a whole response that fails after its status line is a response that failed', async () => {
  breaksOffLate();
  const baseURL = `http://127.0.0.1:${portOf(world.app.server)}/v1`;
  const client = new OpenAI({ apiKey: key, baseURL, maxRetries: 0 });
  const response = await client.responses.create({ model: 'm', input: 'x' });
  expect(response).toMatchObject({
    object: 'response',
    status: 'failed',
    error: { code: 'engine_failed', message: expect.stringMatching(/./) },
  });
  expect(response.output_text).toBe('Half an ans');
});

it('a whole chat completion that fails then has the error body', async () => {
  breaksOffLate();
  const { status, text } = await world.answer('/v1/chat/completions', {
    messages: [{ role: 'user', content: 'x' }],
  });
  expect([status, JSON.parse(text)]).toMatchObject([200, { error: { code: 'engine_failed' } }]);
});
