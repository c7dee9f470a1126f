import { expect, it } from 'vitest';
import { withNamedTool, withOneSystemMessage } from '../../../../src/gateway/dialects/chat-messages.ts';

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

const tool = (name: string) => ({ type: 'function', function: { name, parameters: {} } });

it('a tool that is named is the only one and required', () => {
  const body = {
    tools: [tool('read'), tool('write')],
    tool_choice: { type: 'function', function: { name: 'write' } },
  };
  expect(withNamedTool(body)).toEqual({ tools: [tool('write')], tool_choice: 'required' });
});

it('a tool that is not there is refused', () => {
  const body = { tools: [tool('read')], tool_choice: { type: 'function', function: { name: 'write' } } };
  expect(() => withNamedTool(body)).toThrow('"tool_choice" must be a function of "tools".');
});

it('words are left as they are', () => {
  const body = { tools: [tool('read')], tool_choice: 'auto' };
  expect(withNamedTool(body)).toBe(body);
});
