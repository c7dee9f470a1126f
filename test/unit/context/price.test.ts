import { expect, test } from 'vitest';
import { parseOne } from './support.ts';

test.each([
  ['3/15 USD', { input: 3, output: 15, currency: 'USD' }],
  ['0.15 / 0.6 eur', { input: 0.15, output: 0.6, currency: 'EUR' }],
  ['0/0 PLN', { input: 0, output: 0, currency: 'PLN' }],
])('the price %s is understood', (text, price) => {
  expect(parseOne('usagePrice', text)).toMatchObject({ value: price, problems: [] });
});

test.each(['3', '3/15', '3/15USD', '-3/15 USD', '3/15 dollars', '3,5/15 USD', '1e9/1 USD', '3/15/2 USD'])(
  'the price %s is refused, with an example',
  (text) => {
    const { problems, fixes } = parseOne('usagePrice', text);
    expect(problems.join()).toContain('a million tokens');
    expect(fixes.join()).toContain('3/15 USD');
  },
);
