import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import { shellBlocks } from '../../../src/docs/shell-blocks.ts';

it('finds the commands of a section, and no others', () => {
  const page =
    '# A\n\n## One\n\n```sh\na\nb\n```\n\n```text\nno\n```\n\n```sh\nc\n```\n\n## Two\n\n```sh\nd\n```\n';
  expect(shellBlocks(page, 'One')).toEqual(['a\nb\n', 'c\n']);
  expect(shellBlocks(page, 'Three')).toEqual([]);
});

it('finds the rehearsal of a release that npm test follows', async () => {
  const [build = '', check = ''] = shellBlocks(
    await readFile(join(checkout, 'docs/publishing.md'), 'utf8'),
    'Rehearse',
  );
  expect(build).toContain('npm run -s release');
  expect(check).toContain('ssh-keygen -Y verify');
});
