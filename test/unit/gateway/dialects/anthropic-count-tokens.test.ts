import { describe, expect, it } from 'vitest';
import type { GatewayConfiguration } from '../../../../src/gateway/configuration.ts';
import { chatBody, RelayWorld } from '../relay-world.ts';
import { configurationWith } from '../support.ts';

const chatModel = { id: 'chat-model', roles: ['chat' as const], contextSize: 4096 };
const fimModel = { id: 'fim-model', roles: ['complete' as const], contextSize: 4096 };
const path = '/v1/messages/count_tokens';

function withUpstream(models: GatewayConfiguration['models'], fallback: boolean) {
  const model = { id: 'big', upstreamId: 'theirs', role: 'chat', contextSize: 8192 } as const;
  const list = [{ name: 'cloud', fallback, models: [model] }];
  return configurationWith({ models, upstreams: { socket: '/nonexistent/egress.sock', list } });
}

describe('tokens of a message', () => {
  const world = new RelayWorld({ configuration: withUpstream([chatModel], true) });

  it.each(['chat-model', 'claude-anything'])(
    'are counted by the model that would answer: %s',
    async (model) => {
      world.fake.handler = (_request, response) => void response.end('{"input_tokens":42}');
      const { status, text } = await world.answer(path, { ...chatBody, model });
      expect([status, JSON.parse(text)]).toEqual([200, { input_tokens: 42 }]);
      expect(world.fake.requests.map(({ body }) => JSON.parse(body).model)).toEqual(['chat-model']);
    },
  );

  it('are not counted by another model than the one of an upstream that would answer', async () => {
    const { status, text } = await world.answer(path, { ...chatBody, model: 'big' });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: expect.stringContaining('"big" runs at the upstream "cloud"'),
        details: { error_code: 'not_supported' },
      },
    });
    expect(world.fake.requests).toEqual([]);
  });
});

describe('tokens of a message where upstreams alone can chat', () => {
  const world = new RelayWorld({ configuration: withUpstream([fimModel], true) });

  it('are not counted, whatever the model is called', async () => {
    const { status, text } = await world.answer(path, { ...chatBody, model: 'claude-anything' });
    expect([status, JSON.parse(text).error.details.error_code]).toEqual([400, 'not_supported']);
  });
});
