import { expect, it } from 'vitest';
import { shellBlocks } from '../../../src/docs/shell-blocks.ts';

it('finds the commands of a section, and no others', () => {
  const page =
    '# A\n\n## One\n\n```sh\na\nb\n```\n\n```text\nno\n```\n\n```sh\nc\n```\n\n## Two\n\n```sh\nd\n```\n';
  expect(shellBlocks(page, 'One')).toEqual(['a\nb\n', 'c\n']);
  expect(shellBlocks(page, 'Three')).toEqual([]);
});
