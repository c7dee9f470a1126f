import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EngineTraffic } from '../../../src/gateway/traffic.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a hold ends by itself two minutes after its deadline, should nobody resume', async () => {
  const traffic = new EngineTraffic();
  expect(await traffic.hold(10)).toEqual({ idle: true, inFlight: 0 });
  vi.advanceTimersByTime(129_999);
  expect(() => traffic.enter('chat-model')).toThrow(
    expect.objectContaining({ error: expect.objectContaining({ code: 'engine_restarting' }) }),
  );
  vi.advanceTimersByTime(1);
  expect(traffic.enter('chat-model')).not.toThrow();
});

it('a second hold prolongs the first', async () => {
  const traffic = new EngineTraffic();
  await traffic.hold(10);
  vi.advanceTimersByTime(100_000);
  await traffic.hold(10);
  vi.advanceTimersByTime(129_999);
  expect(traffic.held).toBe(true);
});

it('whoever waits for a hold is told when it is resumed meanwhile', async () => {
  const traffic = new EngineTraffic();
  traffic.enter('chat-model');
  const outcome = traffic.hold(10);
  traffic.resume();
  expect(await outcome).toEqual({ idle: false, inFlight: 1 });
});

it('an exchange that is over is in flight no more', () => {
  const traffic = new EngineTraffic();
  const leave = traffic.enter('chat-model');
  expect(traffic.use('chat-model').inFlight).toBe(1);
  leave();
  expect(traffic.inFlight).toBe(0);
  expect(traffic.use('chat-model').inFlight).toBe(0);
});
