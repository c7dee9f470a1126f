import { describe, expect, it } from 'vitest';
import type { HubFacts } from '../../../../src/models/download/hub.ts';
import { planAnswer, rangeHeaders } from '../../../../src/models/download/plan-answer.ts';
import type { PartialNote } from '../../../../src/models/store/partials.ts';
import { hubSource, pinnedSource } from './support/fetching-inputs.ts';

const [hash, otherHash] = ['a'.repeat(64), 'b'.repeat(64)];
const url = new URL('https://cdn.example/blob');
const note: PartialNote = {
  source: hubSource,
  size: 100,
  sha256: hash,
  commit: 'c'.repeat(40),
  etag: { value: '"v1"', origin: url.origin },
};

/** What is planned when 40 of 100 bytes are here. */
function plan(status: number, headers: Record<string, string>, facts: HubFacts = {}, source = hubSource) {
  const response = new Response(null, { status, headers });
  const hop = { source, url, isOwn: false, hasToken: false };
  return planAnswer({
    request: { source },
    note,
    received: 40,
    answer: { response, hop, facts: { sha256: hash, commit: note.commit, size: 100, ...facts } },
  });
}

describe('rangeHeaders', () => {
  it('asks for the rest, if the file is still the same on that server', () => {
    expect(rangeHeaders(40, note, url, { sha256: hash })).toEqual({ range: 'bytes=40-', 'if-range': '"v1"' });
  });

  it('goes by the hash on another server, which has other validators', () => {
    const other = new URL('https://cdn2.example/blob');
    expect(rangeHeaders(40, note, other, { sha256: hash })).toEqual({ range: 'bytes=40-' });
  });

  it('asks for the whole file when nothing is here', () => {
    expect(rangeHeaders(0, note, url, {})).toEqual({});
  });

  it('asks for the whole file when the hub has another', () => {
    expect(rangeHeaders(40, note, url, { sha256: otherHash })).toEqual({});
  });

  it('asks for the whole file when nothing could tell whether the rest belongs to it', () => {
    expect(rangeHeaders(40, { source: hubSource }, url, {})).toEqual({});
  });
});

describe('planAnswer', () => {
  it('continues with the rest', () => {
    const headers = { 'content-range': 'bytes 40-99/100', etag: '"v2"' };
    expect(plan(206, headers)).toEqual({
      action: 'receive',
      keep: true,
      note: { ...note, etag: { value: '"v2"', origin: url.origin } },
    });
  });

  it('begins anew with a whole file', () => {
    expect(plan(200, { 'content-length': '100' })).toMatchObject({ action: 'receive', keep: false });
  });

  it.each<[string, string, HubFacts]>([
    ['of another place', 'bytes 41-99/100', {}],
    ['of another size', 'bytes 40-89/90', { size: undefined }],
    ['that says nothing', '', {}],
    ['that goes further than the file', 'bytes 40-100/*', {}],
    ['of a file that the hub has replaced', 'bytes 40-99/100', { sha256: otherHash }],
  ])('takes no part %s', (_, range, facts) => {
    expect(plan(206, { 'content-range': range }, facts)).toMatchObject({ action: 'ask-again', keep: false });
  });

  it('remembers the hash and the commit of the file that replaced the one begun', () => {
    const facts = { sha256: otherHash, commit: 'd'.repeat(40), size: 70 };
    expect(plan(200, { 'content-length': '70' }, facts).note).toEqual({ source: hubSource, ...facts });
  });

  it('believes no announcement that contradicts the hub', () => {
    expect(() => plan(200, { 'content-length': '99' })).toThrow('99 bytes instead of 100');
  });

  it('does without a length', () => {
    const { size, ...unsized } = plan(200, {}, { size: undefined }).note;
    expect(size).toBeUndefined();
    expect(unsized.sha256).toBe(hash);
  });

  it('takes the hash of the first answer where the same commit comes without', () => {
    expect(plan(200, {}, { sha256: undefined }).note.sha256).toBe(hash);
    expect(() => plan(200, {}, { sha256: undefined, commit: 'd'.repeat(40) })).toThrow(
      expect.objectContaining({ code: 'MODEL_FETCH_NO_HASH' }),
    );
  });

  it('holds to the hash that is pinned', () => {
    const planned = plan(200, {}, { sha256: undefined }, pinnedSource);
    expect(planned.note.sha256).toBe(pinnedSource.sha256);
  });
});
