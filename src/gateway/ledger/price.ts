import { z } from 'zod';
import type { Tokens } from '../accounts/served.ts';

/** What tokens would cost elsewhere: per million, in `currency` (ISO 4217 or another short word). */
export const Price = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  currency: z.string().regex(/^[A-Z]{3}$/),
});
export type Price = z.infer<typeof Price>;

/** What the tokens cost at `price`, to the millionth; those from a cache cost as much as the others. */
export function costOf({ prompt, answer }: Pick<Tokens, 'prompt' | 'answer'>, price: Price): number {
  return Math.round(prompt * price.input + answer * price.output) / 1e6;
}
