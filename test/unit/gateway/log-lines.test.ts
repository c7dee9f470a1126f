import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { gatheredLines } from '../../../src/gateway/log-lines.ts';

test('lines of one turn of the event loop are written together, in their order', async () => {
  const written: string[] = [];
  const lines = gatheredLines(
    (text) => written.push(text),
    () => {},
  );
  lines.write('one\n');
  lines.write('two\n');
  expect(written).toEqual([]);
  await turn();
  expect(written).toEqual(['one\ntwo\n']);
  await turn();
  lines.write('three\n');
  await turn();
  expect(written).toEqual(['one\ntwo\n', 'three\n']);
});

test('what waits when the process ends is written', () => {
  const written: string[] = [];
  let end = () => {};
  const lines = gatheredLines(
    (text) => written.push(text),
    (flush) => {
      end = flush;
    },
  );
  lines.write('last words\n');
  end();
  expect(written).toEqual(['last words\n']);
});
