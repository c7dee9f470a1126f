import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSubmission } from '../../../../src/marketplace/checks/check-submission.ts';
import { writeSubmission } from '../../../../src/marketplace/write-submission.ts';
import { goodSubmission } from './good-submission.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onepilot-checks-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('what the generator makes keeps every rule', async () => {
  const { submission, images } = await goodSubmission(folder);
  await writeSubmission(join(folder, 'submission'), 'onepilot', submission);
  expect(await checkSubmission(join(folder, 'submission'), { images })).toEqual([]);
});
