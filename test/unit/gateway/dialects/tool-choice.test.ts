import { expect, it } from 'vitest';
import { withToolChoice } from '../../../../src/gateway/dialects/tool-choice.ts';

const tool = (name: string) => ({ type: 'function', function: { name, parameters: {} } });

it('a tool that is named is the only one and required', () => {
  const body = {
    tools: [tool('read'), tool('write')],
    tool_choice: { type: 'function', function: { name: 'write' } },
  };
  expect(withToolChoice(body)).toEqual({ tools: [tool('write')], tool_choice: 'required' });
});

it('a tool that is not there is refused', () => {
  const body = { tools: [tool('read')], tool_choice: { type: 'function', function: { name: 'write' } } };
  expect(() => withToolChoice(body)).toThrow('"tool_choice" must be a function of "tools".');
});

it('words are left as they are', () => {
  const body = { tools: [tool('read')], tool_choice: 'auto' };
  expect(withToolChoice(body)).toBe(body);
});

const tools = [tool('read'), tool('write')];

it.each([
  ['a tool without an object around its name', { type: 'function', name: 'write' }, 'required', ['write']],
  ['a custom tool', { type: 'custom', custom: {}, name: 'read' }, 'required', ['read']],
  [
    'tools that are allowed',
    { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('read')] } },
    'required',
    ['read'],
  ],
  [
    'tools that are allowed, as Responses has them',
    { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'write' }] },
    'auto',
    ['write'],
  ],
  ['a word in an object', { type: 'auto' }, 'auto', ['read', 'write']],
  ['none in an object', { type: 'none' }, 'none', ['read', 'write']],
  ['Anthropic’s word for required', { type: 'any' }, 'required', ['read', 'write']],
  ['an object that nobody knows', { mode: 'x' }, 'auto', ['read', 'write']],
])('%s is understood', (_, tool_choice, word, names) => {
  expect(withToolChoice({ tools, tool_choice })).toEqual({
    tools: names.map(tool),
    tool_choice: word,
  });
});

it('a choice of tools that are not there is refused', () => {
  const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('delete')] } };
  for (const tool_choice of [allowed, { type: 'function' }]) {
    expect(() => withToolChoice({ tools, tool_choice })).toThrow('"tool_choice"');
  }
});
