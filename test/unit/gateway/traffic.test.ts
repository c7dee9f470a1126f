import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EngineTraffic } from '../../../src/gateway/traffic.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const exchange = async () => 'answered';

it('a hold ends by itself two minutes after its deadline, should nobody resume', async () => {
  const traffic = new EngineTraffic();
  expect(await traffic.hold(10)).toEqual({ idle: true, inFlight: 0 });
  vi.advanceTimersByTime(129_999);
  await expect(traffic.carry('chat-model', exchange)).rejects.toMatchObject({
    error: { code: 'engine_restarting' },
  });
  vi.advanceTimersByTime(1);
  expect(await traffic.carry('chat-model', exchange)).toBe('answered');
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
  const endless = traffic.carry('chat-model', () => new Promise(() => {}));
  const outcome = traffic.hold(10);
  traffic.resume();
  expect(await outcome).toEqual({ idle: false, inFlight: 1 });
  void endless;
});

it('an exchange that fails is in flight no more', async () => {
  const traffic = new EngineTraffic();
  await expect(traffic.carry('chat-model', () => Promise.reject(new Error('broken')))).rejects.toThrow(
    'broken',
  );
  expect(traffic.inFlight).toBe(0);
});
