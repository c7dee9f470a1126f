import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../src/context/parse.ts';
import { Secret } from '../../../src/context/secret.ts';
import { settingNames, variables } from '../../../src/context/variables.ts';

const parse = (values: Readonly<Record<string, string>>) => parseSettings(new Map(Object.entries(values)));

test('the list of names has every variable, in the order of forms', () => {
  expect([...settingNames].sort()).toEqual(Object.keys(variables).sort());
  const orders = settingNames.map((name) => variables[name].order);
  expect(orders).toEqual([...orders].sort((a, b) => a - b));
  expect(new Set(orders).size).toBe(orders.length);
});

test.each(settingNames)('the example of %s is accepted', (name) => {
  const { name: variable, example } = variables[name];
  const { errors, given } = parse({ [variable]: example });
  expect(errors).toEqual([]);
  expect([...given]).toEqual([name]);
});

test('nothing given means defaults, and an empty value is nothing', () => {
  const expected = { apiPassword: undefined, contextSize: 32768, cpuThreads: 0 };
  expect(parse({}).settings).toEqual(expected);
  const empty = { ONEAPP_COPILOT_API_PASSWORD: '', ONEAPP_COPILOT_CONTEXT_SIZE: ' ' };
  expect(parse(empty)).toEqual({ settings: expected, given: new Set(), errors: [], warnings: [] });
});

test('every problem is reported at once', () => {
  const { errors, warnings } = parse({
    ONEAPP_COPILOT_API_PASSWORD: 'short',
    ONEAPP_COPILOT_CONTEXT_SIZE: '511',
    ONEAPP_COPILOT_CPU_THREADS: '-1',
    ONEAPP_COPILOT_CONTEXT_SIZ: '4096',
  });
  expect(errors.map(({ variable }) => variable)).toEqual([
    'ONEAPP_COPILOT_API_PASSWORD',
    'ONEAPP_COPILOT_CONTEXT_SIZE',
    'ONEAPP_COPILOT_CPU_THREADS',
  ]);
  expect(warnings.map(({ variable }) => variable)).toEqual(['ONEAPP_COPILOT_CONTEXT_SIZ']);
  for (const problem of [...errors, ...warnings]) expect(`${problem.what}${problem.fix}`).not.toMatch(/[{}]/);
});

test.each(['0x1000', '1e4', '4096.0', ' 4k', '١٢٣٤', '9999999', '+4096', '00000000000000004096'])(
  'a context size of %s is refused',
  (text) => expect(parse({ ONEAPP_COPILOT_CONTEXT_SIZE: text }).errors).toHaveLength(1),
);

test.each([
  ' padded-password',
  'with space here',
  'pässwörter',
  'tab\tbed-password',
  'seven77',
  'x'.repeat(257),
])('the password %j is refused', (text) =>
  expect(parse({ ONEAPP_COPILOT_API_PASSWORD: text }).errors).toHaveLength(1),
);

describe('secrets', () => {
  test('are never in a problem', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{3,7}$/), (password) => {
        const text = JSON.stringify(parse({ ONEAPP_COPILOT_API_PASSWORD: `${password} é` }));
        expect(
          text.replaceAll('ONEAPP_COPILOT_API_PASSWORD', '').replaceAll('CONTEXT_BAD_PASSWORD', ''),
        ).not.toContain(`${password} `);
      }),
    );
  });

  test('print as [secret] however they are printed', () => {
    const { settings } = parse({ ONEAPP_COPILOT_API_PASSWORD: 'correct-horse' });
    const { apiPassword } = settings;
    const printed = [
      String(apiPassword),
      `${apiPassword}`,
      JSON.stringify(settings),
      inspect(settings, { showHidden: true, depth: 9 }),
      inspect(new Error('x', { cause: settings })),
      Object.values(apiPassword ?? {}).join(),
    ];
    for (const text of printed) expect(text).not.toContain('correct-horse');
    expect(printed[0]).toBe('[secret]');
    expect(new Secret('x').reveal()).toBe('x');
  });
});
