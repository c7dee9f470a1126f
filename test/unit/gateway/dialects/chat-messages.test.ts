import { expect, it } from 'vitest';
import {
  messagesForTemplates,
  withOneSystemMessage,
} from '../../../../src/gateway/dialects/chat-messages.ts';
import type { JsonValue } from '../../../../src/gateway/json.ts';

const user = { role: 'user', content: 'hi' };
const answer = { role: 'assistant', content: 'hello' };

it('system and developer messages at the front become one', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'developer',
      content: [
        { type: 'text', text: 'Use ' },
        { type: 'text', text: 'tabs.' },
      ],
    },
    user,
  ];
  expect(withOneSystemMessage(messages)).toEqual([
    { role: 'system', content: 'Be brief.\n\nUse tabs.' },
    user,
  ]);
});

it('a later one becomes the user’s, where it stands, so that the text before it stays the same', () => {
  const messages = [{ role: 'system', content: 'a' }, user, answer, { role: 'system', content: 'b' }, user];
  expect(withOneSystemMessage(messages)).toEqual([
    { role: 'system', content: 'a' },
    user,
    answer,
    { role: 'user', content: 'b' },
    user,
  ]);
});

it('without any, none is made up', () => {
  expect(withOneSystemMessage([user, answer])).toEqual([user, answer]);
});

it('nothing but system messages stays one of them', () => {
  expect(withOneSystemMessage([{ role: 'developer', content: 'a' }])).toEqual([
    { role: 'system', content: 'a' },
  ]);
});

it.each([
  ['cut off', '{"path": "READ'],
  ['no object', '"README"'],
  ['empty', ''],
  ['missing', null],
])('arguments of a call that are %s become none', (_, given) => {
  const call = (args: JsonValue) => ({
    role: 'assistant',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: args } }],
  });
  expect(messagesForTemplates([user, call(given)])).toEqual([user, call('{}')]);
});

it('arguments that are an object stay as they are, and become a text where they are none', () => {
  const call = (args: JsonValue) => ({ role: 'assistant', tool_calls: [{ function: { arguments: args } }] });
  expect(messagesForTemplates([call('{ "a":1 }'), call({ a: 1 })])).toEqual([
    call('{ "a":1 }'),
    call('{"a":1}'),
  ]);
});
