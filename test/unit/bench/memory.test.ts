import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { nameOf, parseMemory } from '../../../src/bench/memory.ts';

const commandLine = (...words: string[]) => words.map((word) => `${word}\0`).join('');

it("tells the engine's router from the child that holds the model", () => {
  const server = '/usr/lib/onepilot/engine/llama-server';
  expect(nameOf(commandLine(server, '--models-preset', '/etc/onepilot/engine.ini'))).toBe(
    'llama-server, router',
  );
  expect(nameOf(commandLine(server, '--port', '4711'))).toBe('llama-server, model');
});

it('names what is not expected by its command line', () => {
  expect(nameOf(commandLine('/usr/bin/sleep', '10'))).toBe('/usr/bin/sleep 10');
});

it('reads what the kernel says of this very process', async () => {
  const { rss, pss } = parseMemory(await readFile('/proc/self/smaps_rollup', 'utf8'));
  expect(pss).toBeGreaterThan(1_000_000);
  expect(rss).toBeGreaterThanOrEqual(pss);
});
