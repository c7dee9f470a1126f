import { describe, expect, it } from 'vitest';
import { type AttemptOutcome, UpstreamBreaker } from '../../../../src/gateway/upstreams/breaker.ts';

/** A breaker, and the clock it goes by. */
function breakerAt(start = 1000) {
  const clock = { now: start };
  const breaker = new UpstreamBreaker(() => clock.now);
  const had = async (...outcomes: AttemptOutcome[]) => {
    for (const outcome of outcomes) await breaker.begin().end(outcome);
  };
  return { clock, breaker, had };
}

const five = Array.from({ length: 5 }, (): AttemptOutcome => 'failed');

describe('a breaker', () => {
  it('opens after five failures in a row, and says for how long', async () => {
    const { breaker, had, clock } = breakerAt();
    await had(...five.slice(1));
    expect([breaker.state, breaker.wait]).toEqual(['closed', 0]);
    await had('failed');
    expect([breaker.state, breaker.wait]).toEqual(['open', 30_000]);
    clock.now += 29_000;
    expect(breaker.wait).toBe(1000);
    clock.now += 1000;
    expect([breaker.state, breaker.wait]).toEqual(['open', 0]);
  });

  it('counts only failures that follow each other', async () => {
    const { breaker, had } = breakerAt();
    await had(...five.slice(1), 'done', ...five.slice(1));
    expect(breaker.state).toBe('closed');
  });

  it('counts neither refusals nor clients that leave, and is not reset by them', async () => {
    const { breaker, had } = breakerAt();
    const spared = Array.from(
      { length: 20 },
      (_, index): AttemptOutcome => (index % 2 ? 'blameless' : 'left'),
    );
    await had(...spared);
    expect(breaker.state).toBe('closed');
    await had(...five.slice(1), 'blameless', 'left', 'failed');
    expect(breaker.state).toBe('open');
  });

  it('lets one request try when it has rested, and nobody beside it', async () => {
    const { breaker, had, clock } = breakerAt();
    await had(...five);
    clock.now += 30_000;
    const probe = breaker.begin();
    expect(breaker.state).toBe('half-open');
    expect(breaker.wait).toBeGreaterThan(0);
    clock.now += 300_000;
    expect(breaker.wait).toBeGreaterThan(0);
    await probe.end('done');
    expect([breaker.state, breaker.wait]).toEqual(['closed', 0]);
  });

  it.each<[AttemptOutcome, string, number]>([
    ['failed', 'open', 30_000],
    ['left', 'open', 30_000],
    ['blameless', 'closed', 0],
  ])('is after a try that %s: %s', async (outcome, state, wait) => {
    const { breaker, had, clock } = breakerAt();
    await had(...five);
    clock.now += 30_000;
    await had(outcome);
    expect([breaker.state, breaker.wait]).toEqual([state, wait]);
  });

  it('hears of an end once: what follows it is not counted', async () => {
    const { breaker } = breakerAt();
    for (const _ of five) {
      const attempt = breaker.begin();
      await attempt.end('done');
      await attempt.end('failed');
    }
    expect(breaker.state).toBe('closed');
  });

  it('hears of requests that were under way when it opened without being closed by them', async () => {
    const { breaker, had } = breakerAt();
    const slow = breaker.begin();
    await had(...five);
    await slow.end('done');
    expect(breaker.state).toBe('open');
  });
});
