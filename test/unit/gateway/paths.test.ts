import { describe, expect, it } from 'vitest';
import { canonicalUrl, endpoints, methodsOf, nearestPath } from '../../../src/gateway/paths.ts';

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
    ['/v1/api/chat', '/api/chat'],
    ['//api//tags/', '/api/tags'],
    ['/api/pull', '/api/pull'],
    ['/v1/tokenize', '/tokenize'],
    ['/props?model=a%2Fb', '/props?model=a%2Fb'],
    ['/completion', '/completion'],
    ['/fim/completions', '/v1/fim/completions'],
  ])('%s is %s', (url, canonical) => {
    expect(canonicalUrl(url)).toBe(canonical);
    expect(canonicalUrl(canonical)).toBe(canonical);
  });
});

describe('methodsOf', () => {
  it('knows every endpoint, and a model by any id', () => {
    for (const { path, methods } of endpoints) expect(methodsOf(path)).toEqual(methods);
    expect(methodsOf('/v1/models/some-id?x=1')).toEqual(['GET', 'HEAD']);
    expect(methodsOf('/v1/models/a/b')).toEqual(['GET', 'HEAD']);
    expect(methodsOf('/v1/elsewhere')).toEqual([]);
  });
});

describe('nearestPath', () => {
  it.each([
    ['/v1/chat/completion', '/v1/chat/completions'],
    ['/v1/chat/completions/chat/completions', '/v1/chat/completions'],
    ['/v1/openai/v1/chat/completions?x=1', '/v1/chat/completions'],
    ['/api/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/deployments/gpt/chat/completions', '/v1/chat/completions'],
    ['/v1/infil', '/infill'],
    ['/api/chats', '/api/chat'],
    ['/api/tags/x', '/api/tags'],
    ['/v1/model', '/v1/models'],
    ['/v1/nothing-like-it', undefined],
    [`/v1/${'a'.repeat(200)}/chat/completions`, undefined],
  ])('of %s is %s', (url, nearest) => {
    expect(nearestPath(url)).toBe(nearest);
  });
});
