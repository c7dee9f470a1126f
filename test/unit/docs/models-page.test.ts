import { describe, expect, it } from 'vitest';
import { ownCatalogue } from '../../../src/builder/profiles.ts';
import { renderModelsPage } from '../../../src/docs/models-page.ts';
import { profilesOf } from '../../../src/models/catalogue/find.ts';
import { readCatalogue } from '../../../src/models/catalogue/parse.ts';

const catalogue = await readCatalogue(ownCatalogue);
const page = renderModelsPage();

/** The cells of the row that begins with `name`, in the table whose head has `column`. */
function row(column: string, name: string): string[] {
  const [, table = ''] = page.split(` ${column} |`);
  const line = table.split('\n').find((text) => text.startsWith(`| \`${name}\` |`));
  return (line ?? '').split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
}

describe('the page of models', () => {
  it('has every model with licence and hash, every profile, every name that is gone', () => {
    for (const { id, licence, source } of catalogue.models) {
      expect(row('context', id)[2], id).toContain(licence.spdx);
      expect(page).toContain(`#### \`${id}\``);
      if (source.sha256) expect(page).toContain(source.sha256);
    }
    for (const { name } of profilesOf(catalogue)) expect(page).toContain(`### \`${name}\``);
    for (const { name } of catalogue.retired) expect(page).toContain(`| \`${name}\` |`);
  });

  it('tells a hash that is known from one that only the hub will name', () => {
    expect(row('context', 'qwen3.5-4b')[4]).toBe('known');
    expect(row('context', 'devstral-small-2')[4]).toBe('hub');
  });

  it('computes the memory of a context from the sizes of the network', () => {
    // 8 blocks with 1024 keys and values of 2 bytes; 24 states of 548,864 numbers of 4 bytes.
    expect(row('whatever the length', 'qwen3.5-4b').slice(1)).toEqual(['31.3 MiB', '50.3 MiB']);
    expect(row('whatever the length', 'qwen2.5-coder-1.5b')[2]).toBe('nothing');
    expect(row('whatever the length', 'glm-4.7-flash').slice(1)).toEqual(['unknown', 'unknown']);
  });

  it('says that nothing of it was run here', () => {
    expect(page).toContain('None of these files was ever fetched or run');
  });

  it('prints the arithmetic of each profile for its own models', () => {
    const printed = renderModelsPage(({ vm }, models) => [
      `${vm.memory}: ${models.map(({ id }) => id).join(' + ')}`,
    ]);
    expect(printed).toContain(
      '```\n16: mellum2-12b-instruct + qwen2.5-coder-1.5b + qwen3-embedding-0.6b\n```',
    );
  });

  it('keeps every row of its tables as wide as their heads', () => {
    let width = 0;
    for (const line of page.split('\n')) {
      if (!line.startsWith('|')) width = 0;
      else if (width === 0) width = line.split(/(?<!\\)\|/).length;
      else expect(line.split(/(?<!\\)\|/).length, line).toBe(width);
    }
  });
});
