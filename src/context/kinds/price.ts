import { Price } from '../../gateway/ledger/price.ts';
import type { Description, Variable } from '../variable.ts';
import { badValue, optionalText } from './simple.ts';

/** A price of tokens: per million of a prompt, per million of an answer, and the currency, `3/15 USD`. */
export function price(row: Description): Variable<Price | undefined> {
  const rule =
    'the prices of a million tokens of prompts and of answers with a currency of three letters, as 3/15 USD';
  return {
    ...row,
    ...optionalText,
    rule,
    read(raw) {
      const value = parsePrice(raw);
      return value ? { value } : { problems: [badValue(row, rule, raw)] };
    },
  };
}

const amount = String.raw`\d{1,6}(?:\.\d{1,6})?`;
const pattern = new RegExp(`^(${amount})\\s*/\\s*(${amount})\\s+([A-Za-z]{3})$`);

/** Undefined where `text` is none. */
export function parsePrice(text: string): Price | undefined {
  const [, input, output, currency] = pattern.exec(text) ?? [];
  if (currency === undefined) return undefined;
  return Price.parse({ input: Number(input), output: Number(output), currency: currency.toUpperCase() });
}
