import type { Description, Variable } from '../variable.ts';
import { badValue } from './simple.ts';

/** One of several words, in whatever case. */
export function choice<const Word extends string>(
  row: Description & { readonly choices: readonly Word[]; readonly default: Word },
): Variable<Word> {
  const { choices, ...description } = row;
  const rule = `one of ${choices.join(', ')}`;
  return {
    ...description,
    input: 'text',
    secret: false,
    offered: true,
    rule,
    shownDefault: row.default,
    read(raw) {
      const value = choices.find((word) => word === raw.toLowerCase());
      return value === undefined ? { problems: [badValue(row, rule, raw)] } : { value };
    },
  };
}
