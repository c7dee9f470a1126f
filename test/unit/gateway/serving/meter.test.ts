import { expect, it } from 'vitest';
import { Meter } from '../../../../src/gateway/serving/meter.ts';

const meter = () =>
  new Meter({ id: 'id', key: 'ana', dialect: 'openai-chat', stream: true, model: 'chat-model' });

it.each(['left', 'failed', 'refused'] as const)(
  'a request without a turn has no wait for it: %s',
  (outcome) => {
    expect(meter().served(outcome).ms).toEqual({ total: expect.any(Number) });
  },
);

it('a request has the wait for its first turn, whatever became of it', () => {
  const one = meter();
  one.begin();
  const { ms } = one.served('failed', 'engine_failed');
  expect(ms).toEqual({ queued: expect.any(Number), total: expect.any(Number) });
});
