import { describe, expect, it } from 'vitest';
import { canonicalUrl, endpoints, methodsOf } from '../../../src/gateway/paths.ts';

describe('canonicalUrl', () => {
  it.each([
    ['/v1/chat/completions', '/v1/chat/completions'],
    ['/chat/completions', '/v1/chat/completions'],
    ['//v1//chat/completions', '/v1/chat/completions'],
    ['/v1/v1/chat/completions', '/v1/chat/completions'],
    ['/completions?x=//y', '/v1/completions?x=//y'],
    ['/embeddings', '/v1/embeddings'],
    ['/models/', '/v1/models'],
    ['/models/a', '/v1/models/a'],
    ['/v1/infill', '/infill'],
    ['/v1/health', '/health'],
    ['/v1', '/'],
    ['/', '/'],
    ['//', '/'],
    ['/v1beta/models', '/v1/v1beta/models'],
    ['/slots', '/v1/slots'],
  ])('%s is %s', (url, canonical) => {
    expect(canonicalUrl(url)).toBe(canonical);
    expect(canonicalUrl(canonical)).toBe(canonical);
  });
});

describe('methodsOf', () => {
  it('knows every endpoint, and a model by any id', () => {
    for (const { path, methods } of endpoints) expect(methodsOf(path)).toEqual(methods);
    expect(methodsOf('/v1/models/some-id?x=1')).toEqual(['GET', 'HEAD']);
    expect(methodsOf('/v1/models/a/b')).toEqual([]);
    expect(methodsOf('/v1/elsewhere')).toEqual([]);
  });
});
