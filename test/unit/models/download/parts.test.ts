import { describe, expect, it } from 'vitest';
import { ArrivingBody } from '../../../../src/models/download/arriving-body.ts';
import { parseContentRange, strongEtag } from '../../../../src/models/download/content-range.ts';
import { pauseAfter, pauseAsked, TransientFault, usualTimes } from '../../../../src/models/download/fault.ts';
import { hubUrl, readHubFacts } from '../../../../src/models/download/hub.ts';
import { nextUrl } from '../../../../src/models/download/open-answer.ts';
import { ProgressTeller } from '../../../../src/models/download/progress.ts';
import { networkFault } from '../../../../src/models/download/status.ts';
import type { FetchProgress } from '../../../../src/models/record.ts';
import { hubSource } from './support/fetching-inputs.ts';

describe('hubUrl', () => {
  it('encodes each part, and a revision as one', () => {
    const source = { ...hubSource, file: 'a b/100%#?.gguf' };
    expect(hubUrl('https://mirror.example/hf/', source, 'refs/pr/1').href).toBe(
      'https://mirror.example/hf/acme/smoke-GGUF/resolve/refs%2Fpr%2F1/a%20b/100%25%23%3F.gguf',
    );
  });
});

describe('readHubFacts', () => {
  it('takes only an LFS hash for a SHA-256', () => {
    const hash = 'AB'.repeat(32);
    const facts = readHubFacts(new Headers({ 'x-linked-etag': `"${hash}"`, 'x-linked-size': '12' }));
    expect(facts).toEqual({ sha256: hash.toLowerCase(), size: 12, commit: undefined });
    const git = readHubFacts(new Headers({ etag: `"${hash}"`, 'x-linked-etag': `"${'ab'.repeat(20)}"` }));
    expect(git.sha256).toBeUndefined();
  });

  it('takes for a commit nothing that could lead elsewhere', () => {
    expect(readHubFacts(new Headers({ 'x-repo-commit': '../../main' })).commit).toBeUndefined();
  });
});

describe('parseContentRange', () => {
  it.each([
    ['bytes 5-9/10', { first: 5, last: 9, size: 10 }],
    ['bytes 5-9/*', { first: 5, last: 9, size: undefined }],
  ])('reads %s', (text, range) => {
    expect(parseContentRange(text)).toEqual(range);
  });

  it.each([null, '', 'bytes */10', 'bytes 9-5/10', 'bytes 5-10/10', 'items 5-9/10', 'bytes 5-/10'])(
    'refuses %s',
    (text) => {
      expect(parseContentRange(text)).toBeUndefined();
    },
  );
});

describe('strongEtag', () => {
  it.each([
    ['"abc"', '"abc"'],
    ['W/"abc"', undefined],
    ['abc', undefined],
  ])('of %s is %s', (text, etag) => {
    expect(strongEtag(new Headers({ etag: text }))).toBe(etag);
  });
});

describe('pauses', () => {
  const fault = new TransientFault('it broke off', true);

  it('double, up to a limit, and vary by half', () => {
    const pauses = (chance: number) => [1, 2, 3, 8].map((n) => pauseAfter(n, fault, usualTimes, chance));
    expect(pauses(1)).toEqual([1000, 2000, 4000, 60_000]);
    expect(pauses(0)).toEqual([500, 1000, 2000, 30_000]);
  });

  it('are as long as the server asks, within reason', () => {
    const asked = (retryAfter: number) =>
      pauseAfter(1, new TransientFault('busy', true, retryAfter), usualTimes, 0);
    expect(asked(90_000)).toBe(90_000);
    expect(asked(86_400_000)).toBe(usualTimes.longestAsked);
  });

  it.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:02:00 GMT' }, 60_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ ratelimit: '"api";r=0;t=55' }, 55_000],
    [{ ratelimit: '"api";r=3;t=55' }, undefined],
    [{}, undefined],
  ])('are read from %j', (headers, pause) => {
    expect(pauseAsked(new Headers(headers), 60_000)).toBe(pause);
  });
});

describe('nextUrl', () => {
  const from = { source: hubSource, url: new URL('https://huggingface.co/a/b') };

  it.each([
    ['/c', 'https://huggingface.co/c'],
    ['https://cdn.example/c?sig=1', 'https://cdn.example/c?sig=1'],
  ])('follows %s', (location, url) => {
    expect(nextUrl(from, location).href).toBe(url);
  });

  it.each([
    null,
    'http://huggingface.co/c',
    'file:///etc/passwd',
    'https://user:word@cdn.example/',
    'https://',
  ])('does not follow %s', (location) => {
    expect(() => nextUrl(from, location)).toThrow(expect.objectContaining({ code: 'MODEL_FETCH_REFUSED' }));
  });
});

describe('networkFault', () => {
  it('does not try again what a certificate forbids', () => {
    const cause = Object.assign(new Error('self-signed certificate'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const hop = { source: hubSource, url: new URL('https://mirror.example'), isOwn: true, hasToken: false };
    const error = networkFault(new TypeError('fetch failed', { cause }), hop);
    expect(error).toMatchObject({ code: 'MODEL_FETCH_UNTRUSTED' });
  });
});

describe('ArrivingBody', () => {
  it('gives out all that came before the error, and then the error', async () => {
    const parts = [1, 2, 3].map((byte) => Uint8Array.of(byte));
    const next = async () => {
      const part = parts.shift();
      if (part) return part;
      throw new Error('cut');
    };
    const got: number[] = [];
    const reading = (async () => {
      for await (const [byte] of new ArrivingBody(next, 100)) {
        // All have come, and the error, too, before the first is used.
        await new Promise(setImmediate);
        got.push(byte ?? 0);
      }
    })();
    await expect(reading).rejects.toThrow('cut');
    expect(got).toEqual([1, 2, 3]);
  });

  it('lets the connection wait when enough is in memory', async () => {
    let taken = 0;
    const next = async () => {
      taken += 1;
      return taken > 10 ? undefined : new Uint8Array(10);
    };
    const body = new ArrivingBody(next, 25);
    await new Promise(setImmediate);
    expect(taken).toBe(3);
    let count = 0;
    for await (const part of body) count += part.length;
    expect(count).toBe(100);
  });
});

describe('ProgressTeller', () => {
  it('tells of bytes at most twice a second, with the rate of the last ten seconds', () => {
    const told: FetchProgress[] = [];
    let now = 0;
    const teller = new ProgressTeller(
      (progress) => told.push(progress),
      500,
      () => now,
    );
    teller.begin(1000, 100_000);
    // 100 bytes a second for 20 seconds, then 1000.
    for (let received = 1000; now < 40_000; received += now > 20_000 ? 100 : 10) {
      now += 100;
      teller.receive(received, 100_000);
    }
    expect(told).toHaveLength(81);
    const rates = told.map((progress) => (progress.state === 'downloading' ? progress.rate : undefined));
    expect(rates[0]).toBeUndefined();
    expect(rates[40]).toBeCloseTo(100, 0);
    expect(rates[80]).toBeCloseTo(1000, 0);
  });
});
