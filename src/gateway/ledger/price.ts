import * as z from 'zod';
import type { Tokens } from '../accounts/served.ts';

const Currency = z.string().regex(/^[A-Z]{3}$/);

/** What tokens cost: per million, in `currency` (ISO 4217 or another short word). */
export const Price = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  currency: Currency,
});
export type Price = z.infer<typeof Price>;

/** Money, to the millionth. */
export const Amount = z.object({ value: z.number(), currency: Currency });
export type Amount = z.infer<typeof Amount>;

/** What the tokens cost at `price`; those from a cache cost as much as the others. */
export function costOf({ prompt, answer }: Pick<Tokens, 'prompt' | 'answer'>, price: Price): number {
  return inMillionths((prompt * price.input + answer * price.output) / 1e6);
}

export function inMillionths(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
