import { expect, it } from 'vitest';
import { smokeAnswerPieces } from '../../src/models/smoke/answers.ts';
import { curlAsPrinted } from '../support/curl-as-printed.ts';

it('npm run dev serves without a VM, and its curl line works as printed', async () => {
  const { answer, status } = await curlAsPrinted(['dev.ts', '--port', '0'], 'Ctrl-C ends it');
  for (const piece of smokeAnswerPieces.chat) expect(answer).toContain(JSON.stringify(piece).slice(1, -1));
  expect(answer).toContain('data: [DONE]');
  expect(status).toBe(0);
});
