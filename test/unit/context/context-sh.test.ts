import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContextSh } from '../../../src/context/context-sh.ts';
import { renderContext } from '../../../src/vm/context-disk.ts';

const names = fc.stringMatching(/^K_[A-Z0-9_]{1,12}$/);
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        "'\\''",
        '"',
        '\\',
        '$',
        '$(id)',
        '${HOME}',
        '`id`',
        '\n',
        '\r',
        '\t',
        '#',
        '=',
        ' ',
      ),
      fc.constantFrom(
        "K_A='b'",
        "\nK_A='b'\n",
        '\nK_A=b\n',
        '\\\n',
        '~',
        '*',
        ';',
        '&',
        '!',
        'ñ',
        '語',
        '🦊',
        '\u0301',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.replaceAll('\0', '')),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

test('reads back whatever core writes', () => {
  fc.assert(
    fc.property(fc.dictionary(names, texts), (values) => {
      const { values: read, problems } = parseContextSh(renderContext(values));
      expect(problems).toEqual([]);
      expect(Object.fromEntries(read)).toEqual({ ...values });
    }),
  );
});

/** A shell starts slowly, so that each reads many contexts, every one in a subshell of its own. */
const perShell = 50;
const shells = 20;

/** What `sh` makes of each context in `contexts`, in the order of their names. */
function readByShell(contexts: readonly Readonly<Record<string, string>>[], directory: string): string[][] {
  const script = contexts.map((values, index) => {
    const path = join(directory, `context-${index}.sh`);
    writeFileSync(path, renderContext(values));
    const printed = Object.keys(values).map((name) => `printf '%s\\0' "$${name}"`);
    return `( . '${path}'; ${printed.join('; ')} )`;
  });
  const output = execFileSync('sh', ['-e'], { input: script.join('\n'), encoding: 'utf8' });
  const texts = output.split('\0').values();
  return contexts.map((values) => Object.keys(values).map(() => texts.next().value ?? 'too few'));
}

test(`reads ${perShell * shells} contexts as sh reads them`, { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'onepilot-sh-'));
  const context = fc.dictionary(names, texts, { minKeys: 1, maxKeys: 6 });
  try {
    fc.assert(
      fc.property(fc.array(context, { minLength: perShell, maxLength: perShell }), (contexts) => {
        const read = contexts.map((values) => {
          const { values: found } = parseContextSh(renderContext(values));
          return Object.keys(values).map((name) => found.get(name));
        });
        expect(read).toEqual(readByShell(contexts, directory));
      }),
      { numRuns: shells },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a name that stands twice has its last value', () => {
  expect(parseContextSh("A='1'\nA='2'\n").values.get('A')).toBe('2');
});

test.each([
  ['no quotes', "A='1'\nB=2\nC='3'\n", 2],
  ['double quotes', 'A=\'1\'\nB="2"\n', 2],
  ['a command', "A='1'\nrm -rf /\n", 2],
  ['an export', "A='1'\nexport B='2'\n", 2],
  ['something behind the value', "A='1'\nB='2'; id\n", 2],
  ['two values in a row', "A='1'\nB='2''3'\n", 2],
  ['an open quote', "A='1'\nB='2\n", 2],
  ['carriage returns', "A='1'\r\n", 1],
  ['a space before', "A='1'\n B='2'\n", 2],
  ['a name with a dash', "A='1'\nB-C='2'\n", 2],
])('stops at %s and keeps what came before', (_name, text, line) => {
  const { values, problems } = parseContextSh(text);
  expect(problems.map(({ code }) => code)).toEqual(['CONTEXT_UNREADABLE_TEXT']);
  expect(problems[0]?.message).toContain(`line ${line} `);
  expect(values.has('A')).toBe(line === 2);
  for (const name of ['B', 'C']) expect(values.has(name)).toBe(false);
});

test('refuses zero bytes, which a shell would silently drop', () => {
  expect(parseContextSh("A='1\0'\n").problems).toHaveLength(1);
});

test('never throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      parseContextSh(text);
    }),
  );
});

test('reads a long run of escapes to its end, without going over it again and again', () => {
  const { problems } = parseContextSh(`A='${"'\\''".repeat(200_000)}`);
  expect(problems).toHaveLength(1);
});
