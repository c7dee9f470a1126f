import type { Description, Variable } from '../variable.ts';
import { badValue, optionalText } from './simple.ts';

/** What EuroCopilot's form calls its models, without the sizes in brackets that it adds. */
const displayNames: ReadonlyMap<string, string> = new Map([
  ['Devstral Small 2', 'devstral-small-2'],
  ['Mistral Small Instruct', 'mistral-small-instruct'],
  ['Mistral Nemo Instruct', 'mistral-nemo-instruct'],
  ['Mistral 7B Instruct', 'mistral-7b-instruct'],
]);

/** A model, by its id or by its name in EuroCopilot's form. The value is an id, of a model that may not be here. */
export function modelName(row: Description): Variable<string | undefined> {
  const rule =
    'the id of a model: small letters, digits, dots, underscores and hyphens (or a name as EuroCopilot lists it)';
  return {
    ...row,
    ...optionalText,
    rule,
    read(raw) {
      const value = displayNames.get(raw.replace(/ \([^()]*\)$/, '')) ?? raw;
      if (/^[a-z0-9][a-z0-9._-]*$/.test(value)) return { value };
      return { problems: [badValue(row, rule, raw)] };
    },
  };
}
