import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { renderUserInputs } from '../../../src/context/user-inputs.ts';
import { variables } from '../../../src/context/variables.ts';
import { renderVariablesHelp } from '../../../src/context/variables-help.ts';
import { renderVariablesPage } from '../../../src/docs/variables-page.ts';
import { parse } from './support.ts';

const rows = Object.values(variables);
const Form = z.strictObject({ user_inputs: z.record(z.string(), z.string()), inputs_order: z.string() });

describe("OpenNebula's form", () => {
  const { user_inputs: inputs, inputs_order: order } = Form.parse(parseYaml(renderUserInputs()));
  const fields = Object.entries(inputs).map(([name, input]) => ({ name, parts: input.split('|') }));

  test('asks for each variable that this version uses, in the order of the table', () => {
    const names = rows.filter(({ name }) => !/_(LB|REGISTER)_/.test(name)).map(({ name }) => name);
    expect(order.split(',')).toEqual(names);
    expect(Object.keys(inputs)).toEqual(names);
  });

  test.each(fields)('asks for $name as the command line of OpenNebula can read it', ({ name, parts }) => {
    const [mandatory, type, description, options, initial] = parts;
    expect(name).toBe(name.toUpperCase());
    expect([3, 5]).toContain(parts.length);
    // Without an answer the CLI encodes the default, and Ruby raises when there is none to encode.
    if (type === 'text64') expect(parts).toHaveLength(5);
    expect(mandatory).toBe('O');
    expect(['text', 'text64', 'password', 'number', 'boolean']).toContain(type);
    expect(description).toMatch(/^[^"|\n`$]{10,}$/);
    expect(options ?? '').toBe('');
    if (type === 'boolean') expect(['YES', 'NO']).toContain(initial);
  });

  test('sent as it stands, asks for nothing but the defaults', () => {
    const sent = fields.map(({ name, parts }) => [name.slice(15), parts[4] ?? '']);
    const { settings, errors, warnings } = parse(Object.fromEntries(sent));
    expect({ settings, errors, warnings }).toEqual({
      settings: parse({}).settings,
      errors: [],
      warnings: [],
    });
  });

  test('hides what is secret', () => {
    const shown = rows.filter(({ secret }) => secret).map(({ input }) => input);
    expect(new Set(shown)).toEqual(new Set(['password', 'text64']));
  });
});

test('the page and the help name every variable', () => {
  const [page, help] = [renderVariablesPage(), renderVariablesHelp()];
  for (const { name } of rows) {
    expect(page).toContain(`\`${name}\``);
    expect(help).toContain(`  ${name}\n`);
  }
});

test('the help fits in 100 columns', () => {
  const longest = Math.max(
    ...renderVariablesHelp()
      .split('\n')
      .map((line) => line.length),
  );
  expect(longest).toBeLessThanOrEqual(100);
});
