import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout } from '../../src/builder/places.ts';
import { smokeAnswerPieces } from '../../src/models/smoke/answers.ts';

it('npm run dev serves without a VM, and its curl line works as printed', async () => {
  const child = spawn(join(checkout, 'node_modules/.bin/node'), ['scripts/dev.ts', '--port', '0'], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let output = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl-C ends it')) resolve();
    });
    child.on('exit', () => resolve());
  });
  const [curl = 'false'] = /^curl [\s\S]*?\}'$/m.exec(output) ?? [];
  const answer = execFileSync('sh', ['-c', `${curl} --silent --fail`], { encoding: 'utf8' });
  child.kill('SIGINT');
  for (const piece of smokeAnswerPieces.chat) expect(answer).toContain(JSON.stringify(piece).slice(1, -1));
  expect(answer).toContain('data: [DONE]');
  expect(await ended).toBe(0);
});
