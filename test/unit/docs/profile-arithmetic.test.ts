import { describe, expect, it } from 'vitest';
import { ownCatalogue } from '../../../src/builder/profiles.ts';
import { profileArithmetic } from '../../../src/docs/profile-arithmetic.ts';
import { catalogueEntry, profilesOf } from '../../../src/models/catalogue/find.ts';
import { readCatalogue } from '../../../src/models/catalogue/parse.ts';

const catalogue = await readCatalogue(ownCatalogue);
const modelsNamed = (ids: readonly string[]) =>
  ids.flatMap((id) => catalogueEntry(catalogue, id)?.model ?? []);

describe('the arithmetic of a profile', () => {
  it.each(profilesOf(catalogue).map((profile) => [profile.name, profile] as const))(
    'shows that all models of %s fit its VM together, and something is left',
    (_, profile) => {
      const ids = Object.values(profile.models);
      const lines = profileArithmetic(profile, modelsNamed(ids)) ?? [];
      for (const id of ids) expect(lines.some((line) => line.startsWith(`${id} `))).toBe(true);
      expect(lines.filter((line) => line.includes('left out'))).toEqual([]);
      expect(lines.filter((line) => /^left +\d/.test(line))).toHaveLength(1);
    },
  );

  it('is not done for a model whose sizes nobody published', () => {
    const [profile] = profilesOf(catalogue);
    if (!profile) throw new Error('no profile');
    expect(profileArithmetic(profile, modelsNamed(['qwen3.5-4b', 'coderankembed']))).toBeUndefined();
  });
});
