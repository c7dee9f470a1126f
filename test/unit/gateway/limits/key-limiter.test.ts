import { describe, expect, it } from 'vitest';
import type { Served } from '../../../../src/gateway/accounts/served.ts';
import { KeyLimiter } from '../../../../src/gateway/limits/key-limiter.ts';
import type { KeyLimits } from '../../../../src/keys/policy.ts';

const noon = Date.parse('2026-11-21T12:00:00Z');
const seconds = (count: number) => count * 1000;

function ada(limits: KeyLimits) {
  return { name: 'ada', limits };
}

function served(at: number, prompt: number, answer: number): Served {
  return {
    id: 'x',
    at,
    key: 'ada',
    model: 'm',
    destination: 'local',
    dialect: 'openai-chat',
    stream: true,
    tokens: { prompt, cached: 0, answer },
    ms: { queued: 0, total: 1 },
    outcome: 'done',
  };
}

/** A limiter that has learnt what each key had used before it. */
function limiterFrom(tokensToday: ReadonlyMap<string, number>): KeyLimiter {
  const limiter = new KeyLimiter(noon);
  limiter.startFrom(tokensToday, noon);
  return limiter;
}

describe('requests per minute', () => {
  const caller = ada({ requestsPerMinute: 3 });

  /** Whether a request at each of `times` is let in; each is over at once. */
  function letIn(limiter: KeyLimiter, times: readonly number[]) {
    return times.map((now) => {
      const refusal = limiter.enter(caller, now);
      if (!refusal) limiter.leave(caller);
      return refusal === undefined;
    });
  }

  it('are never more in any 60 seconds, refused ones not counted', () => {
    const times = [0, 30, 59, 59.9, 60, 61, 90, 119].map((at) => noon + seconds(at));
    expect(letIn(new KeyLimiter(), times)).toEqual([true, true, true, false, true, false, true, true]);
  });

  it('too many of them get 429, and the seconds until the next one is let in', () => {
    const limiter = new KeyLimiter();
    letIn(limiter, [noon, noon + seconds(20), noon + seconds(30)]);
    const fault = limiter.enter(caller, noon + seconds(44.5));
    expect(fault).toMatchObject({ status: 429, type: 'rate_limit_error', retryAfter: 16 });
    expect(fault?.error).toMatchObject({ code: 'rate_limit_exceeded' });
    // The ways in which Codex, LiteLLM and Continue find out what to do.
    expect(fault?.error.fix).toMatch(/try again in\s*(\d+(?:\.\d+)?)\s*s/i);
    expect(fault?.error.fix).toMatch(/rate limit.*reached/i);
    expect(fault?.error.fix).toMatch(/overloaded/i);
  });

  it('waits no longer than a minute for a clock that was set back', () => {
    const limiter = new KeyLimiter();
    letIn(limiter, [noon, noon, noon]);
    expect(letIn(limiter, [noon - seconds(3600)])).toEqual([true]);
  });

  it('of one key are not those of another', () => {
    const limiter = new KeyLimiter();
    letIn(limiter, [noon, noon, noon]);
    expect(limiter.enter({ ...caller, name: 'bob' }, noon)).toBeUndefined();
  });

  it('are told with each answer', () => {
    const limiter = new KeyLimiter();
    letIn(limiter, [noon - seconds(18), noon - seconds(8)]);
    expect(limiter.headers(caller, noon)).toEqual({
      'x-ratelimit-limit-requests': '3',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '52s',
    });
  });
});

describe('concurrent requests', () => {
  const caller = ada({ concurrent: 2 });

  it('are let in as others leave', () => {
    const limiter = new KeyLimiter();
    expect(limiter.enter(caller, noon)).toBeUndefined();
    expect(limiter.enter(caller, noon)).toBeUndefined();
    expect(limiter.enter(caller, noon)).toMatchObject({ status: 429, retryAfter: 5 });
    limiter.leave(caller);
    expect(limiter.enter(caller, noon)).toBeUndefined();
    expect(limiter.enter(caller, noon)?.error.code).toBe('concurrency_limit_exceeded');
  });

  it('count for a limit that the key is given meanwhile', () => {
    const limiter = new KeyLimiter();
    limiter.enter(ada({}), noon);
    limiter.enter(ada({}), noon);
    expect(limiter.enter(caller, noon)).toBeDefined();
  });
});

describe('tokens per day', () => {
  const caller = ada({ tokensPerDay: 100 });
  const midnight = Date.parse('2026-11-22T00:00:00Z');

  it('are those of prompts and answers, and those that were used before the start', () => {
    const limiter = limiterFrom(new Map([['ada', 50]]));
    limiter.account(served(noon, 30, 19));
    expect(limiter.enter(caller, noon)).toBeUndefined();
    limiter.account(served(noon, 1, 0));
    const fault = limiter.enter(caller, noon);
    expect(fault).toMatchObject({ status: 429, retryAfter: 59 });
    expect(`${fault?.error.message} ${fault?.error.fix}`).toMatch(/rate limit reached.*2026-11-22T00:00:00/i);
  });

  it('begin anew at midnight UTC', () => {
    const limiter = limiterFrom(new Map([['ada', 100]]));
    expect(limiter.enter(caller, midnight - 1)).toBeDefined();
    expect(limiter.enter(caller, midnight)).toBeUndefined();
  });

  it('belong to the day on which the request came', () => {
    const limiter = new KeyLimiter(noon);
    limiter.enter(caller, midnight);
    limiter.account(served(midnight - 1, 200, 0));
    expect(limiter.enter(caller, midnight)).toBeUndefined();
    limiter.account(served(midnight, 200, 0));
    expect(limiter.enter(caller, midnight)).toBeDefined();
  });

  it('are counted on after a clock that was ahead by years is set right', () => {
    const limiter = new KeyLimiter(Date.parse('2036-01-01T00:00:00Z'));
    limiter.startFrom(new Map([['ada', 100]]), Date.parse('2036-01-01T00:00:00Z'));
    expect(limiter.enter(caller, noon)).toBeUndefined();
    limiter.account(served(noon, 100, 0));
    expect(limiter.enter(caller, noon)?.error.code).toBe('token_limit_exceeded');
  });

  it('are counted for a limit that the key is given meanwhile', () => {
    const limiter = new KeyLimiter(noon - 2 * seconds(86_400));
    limiter.enter(ada({}), noon);
    limiter.account(served(noon, 100, 0));
    expect(limiter.enter(caller, noon)?.error.code).toBe('token_limit_exceeded');
  });

  it('are told with each answer, and SDKs are told not to try again when there are none', () => {
    const limiter = new KeyLimiter(noon);
    limiter.account(served(noon, 60, 0));
    expect(limiter.headers(caller, noon)).toEqual({
      'x-ratelimit-limit-tokens': '100',
      'x-ratelimit-remaining-tokens': '40',
      'x-ratelimit-reset-tokens': '12h0m0s',
    });
    limiter.account(served(noon, 60, 0));
    expect(limiter.headers(caller, midnight - seconds(61))).toMatchObject({
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m1s',
      'x-should-retry': 'false',
    });
  });
});

it('a key without limits is let in and told nothing', () => {
  const limiter = limiterFrom(new Map([['ada', 1e9]]));
  for (let count = 0; count < 1000; count += 1) expect(limiter.enter(ada({}), noon)).toBeUndefined();
  expect(limiter.headers(ada({}), noon)).toEqual({});
});
