import { expect, it } from 'vitest';
import { remembered } from '../../../src/gateway/remembered.ts';

it('what was just asked is not asked again, whoever asks for something else in between', async () => {
  const asked: string[] = [];
  let epoch = 0;
  const ask = remembered(
    async (key) => asked.push(key),
    () => epoch,
  );
  for (const key of ['a', 'b', 'a', 'b', 'a']) await ask(key);
  expect(asked).toEqual(['a', 'b']);
  epoch = 1;
  await ask('a');
  expect(asked).toEqual(['a', 'b', 'a']);
});
