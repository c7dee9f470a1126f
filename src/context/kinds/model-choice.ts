import { failure } from '../../errors/catalogue.ts';
import { type ModelSource, parseSource } from '../../models/source.ts';
import { shown } from '../shown.ts';
import type { Description, Variable } from '../variable.ts';
import { optionalText } from './simple.ts';

/** A model that somebody wants: by the name it has in image or catalogue, or by where it is. */
export type ModelChoice =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'source'; readonly source: ModelSource }
  | { readonly kind: 'none' };

/** What EuroCopilot's form calls its models, without the sizes in brackets that it adds. */
const displayNames: ReadonlyMap<string, string> = new Map([
  ['Devstral Small 2', 'devstral-small-2'],
  ['Mistral Small Instruct', 'mistral-small-instruct'],
  ['Mistral Nemo Instruct', 'mistral-nemo-instruct'],
  ['Mistral 7B Instruct', 'mistral-7b-instruct'],
]);

const nameRule = 'be the name of a model: small letters, digits, dots, underscores and hyphens';

/**
 * A model of the image or the catalogue, by its name (or EuroCopilot's name for it), or the place of another:
 * `hf:owner/repository/file@revision`, `https://…#sha256=…`, `disk:LABEL/path`.
 * @param row `none`: whether the word `none` is a choice.
 */
export function modelChoice(
  row: Description & { readonly none: boolean },
): Variable<ModelChoice | undefined> {
  const { none, ...description } = row;
  const word = none ? ', the word none,' : '';
  return {
    ...description,
    ...optionalText,
    rule: `the name of a model of the image or of the catalogue${word} or a place: hf:owner/repository/file@revision, https://…#sha256=…, disk:LABEL/path`,
    read(raw) {
      if (none && raw.toLowerCase() === 'none') return { value: { kind: 'none' } };
      if (raw.includes(':')) {
        const source = parseSource(raw);
        if (!('fault' in source)) return { value: { kind: 'source', source } };
        return { problems: [badSource(row, raw, source.fault)] };
      }
      const name = displayNames.get(raw.replace(/ \([^()]*\)$/, '')) ?? raw;
      if (/^[a-z0-9][a-z0-9._-]*$/.test(name)) return { value: { kind: 'name', name } };
      return { problems: [badSource(row, raw, nameRule)] };
    },
  };
}

/** The problem of a text that names no source. What may be secret in a URL is not shown. */
export function badSource({ name: variable, example }: Description, raw: string, fault: string) {
  const found = shown(raw.replace(/^(https?:\/\/)[^/]*@/i, '$1…@').replace(/\?[^#]*/, '?…'));
  return failure('CONTEXT_BAD_SOURCE', { variable, found, fault, example });
}
