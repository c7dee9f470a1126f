import { describe, expect, it } from 'vitest';
import { sessionOf } from '../../../../src/gateway/serving/session.ts';

const system = { role: 'system', content: 's' };
const user = (content: string) => ({ role: 'user', content });
const answer = { role: 'assistant', content: 'a' };
const of = (body: Parameters<typeof sessionOf>[1], key = 'ana') => sessionOf({}, body, key);

describe('the session of a request', () => {
  it('stays the same while a conversation grows', () => {
    const first = of({ messages: [system, user('hello')] });
    expect(of({ messages: [system, user('hello'), answer, user('more')] })).toBe(first);
    expect(of({ messages: [system, user('other')] })).not.toBe(first);
  });

  it('is not the same for two keys that say the same', () => {
    expect(of({ messages: [user('hello')] }, 'ben')).not.toBe(of({ messages: [user('hello')] }));
  });

  it.each(['x-claude-code-session-id', 'session-id', 'x-session-id', 'x-session-affinity'])(
    'is what the client says in %s',
    (header) => {
      const said = { [header]: 'one' };
      const session = sessionOf(said, { messages: [user('a')] }, 'ana');
      expect(sessionOf(said, { messages: [user('b')] }, 'ana')).toBe(session);
      expect(sessionOf({ [header]: 'two' }, { messages: [user('a')] }, 'ana')).not.toBe(session);
    },
  );

  it.each([{ prompt_cache_key: 'one' }, { metadata: { user_id: 'one' } }])('is what %o says', (said) => {
    expect(of({ ...said, messages: [user('a')] })).toBe(of({ ...said, messages: [user('b')] }));
  });

  it('holds nothing of what was said', () => {
    expect(of({ messages: [user('secret')] })).toMatch(/^[\w-]{43}$/);
  });
});
