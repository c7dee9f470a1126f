import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import { generatedFiles } from '../../../src/docs/generated.ts';
import { catalogue, failure } from '../../../src/errors/catalogue.ts';

/** Every table of src/errors/, whether the catalogue has it or not. */
const files = (await readdir(join(checkout, 'src/errors'))).filter((name) => name !== 'catalogue.ts');
const parts: readonly object[] = (
  await Promise.all(files.map((name) => import(join(checkout, 'src/errors', name))))
).flatMap((module) => Object.values(module));

describe('the error catalogue', () => {
  it('gives no code two meanings', () => {
    const codes = parts.flatMap((part) => Object.keys(part));
    expect(new Set(codes).size).toBe(codes.length);
    expect(Object.keys(catalogue)).toHaveLength(codes.length);
  });

  it('says what happened and how to fix it', () => {
    for (const [code, { what, fix }] of Object.entries(catalogue)) {
      // Lower case where clients parse the code, as OpenAI's are.
      expect(code).toMatch(/^([A-Z][A-Z0-9_]+|[a-z][a-z0-9_]+)$/);
      expect(what.length, code).toBeGreaterThan(3);
      expect(fix.length, code).toBeGreaterThan(3);
    }
  });

  it('fills in values', () => {
    const error = failure('VM_PORT_TAKEN', { port: 443 });
    expect(error.message).toBe('Port 443 on 127.0.0.1 is taken.');
    expect(error.fix).not.toContain('{');
  });

  it('holds no code that nothing reports', async () => {
    const folder = join(checkout, 'src');
    const names = (await readdir(folder, { recursive: true })).filter(
      (name) => name.endsWith('.ts') && !name.startsWith('errors/'),
    );
    const sources = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    const text = sources.join('\n');
    expect(Object.keys(catalogue).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });
});

it.each(Object.keys(generatedFiles))('%s is fresh (npm run docs)', async (path) => {
  expect(await readFile(join(checkout, path), 'utf8')).toBe(generatedFiles[path]?.());
});
