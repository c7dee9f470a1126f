import { describe, expect, it } from 'vitest';
import { changelogDate, productDate } from '../../../src/builder/product.ts';

const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / 1000;
const changelog = `# Changelog

## Unreleased

## [0.3.0] - 2026-12-01

### Added

- Something - 2030-01-01

## 0.2.0 - 2026-12-24

## 0.1.0 - 2026-11-21
`;

describe('the date of what is built', () => {
  it("is that of the version's section", () => {
    expect(changelogDate(changelog, '0.3.0')).toBe(day('2026-12-01'));
    expect(changelogDate(changelog, '0.1.0')).toBe(day('2026-11-21'));
  });

  it('is the newest of any section for a version without one', () => {
    expect(changelogDate(changelog, '0.4.0')).toBe(day('2026-12-24'));
  });

  it('is not in a changelog without dates', () => {
    expect(changelogDate('## Unreleased\n\n## 0.1.0\n', '0.1.0')).toBeUndefined();
  });

  it('is SOURCE_DATE_EPOCH where that is set', async () => {
    expect(await productDate({ SOURCE_DATE_EPOCH: '1700000000' })).toBe(1_700_000_000);
  });

  it.each(['0', '-1', '1e9', '2026-11-21', ' 1700000000'])('is not «%s»', async (given) => {
    await expect(productDate({ SOURCE_DATE_EPOCH: given })).rejects.toThrow(`«${given}»`);
  });

  it('is found for this checkout, at midnight, and has passed', async () => {
    const date = await productDate({});
    expect(date % 86_400).toBe(0);
    expect(date).toBeLessThanOrEqual(Date.now() / 1000);
  });
});
