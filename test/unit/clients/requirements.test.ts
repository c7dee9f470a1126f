import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import { clientRequirements } from '../../../src/clients/requirements.ts';

it('the seventeen requirements are all there, in their order', () => {
  expect(clientRequirements.map(({ number }) => number)).toEqual(Array.from({ length: 17 }, (_, i) => i + 1));
});

describe.each([...clientRequirements])('requirement $number', ({ provenBy }) => {
  it.each([...provenBy])('%s has the test «%s»', async (file, name) => {
    expect(await readFile(join(checkout, file), 'utf8')).toContain(name);
  });
});
