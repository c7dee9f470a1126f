import { expect, it } from 'vitest';
import { defaultTiming } from '../../../../src/gateway/relay/timing.ts';

it('promises ten seconds to a stream’s first byte, ten of silence after it, and thirty to padding', () => {
  const { commit, heartbeat, padding } = defaultTiming;
  expect(commit).toBeLessThan(10_000);
  expect(heartbeat).toBeLessThan(10_000);
  expect(padding).toBeLessThanOrEqual(30_000);
});
