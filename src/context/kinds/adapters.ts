import type { OnePilotError } from '../../errors/catalogue.ts';
import { type ModelSource, parseSource } from '../../models/source.ts';
import type { Description, Variable } from '../variable.ts';
import { badSource } from './model-choice.ts';
import { optionalText } from './simple.ts';

/** An adapter that somebody wants, and for which of the models. */
export interface AdapterChoice {
  readonly role: 'chat' | 'complete';
  readonly source: ModelSource;
  /** How strong it is: 1 as it was trained, 0 without effect. */
  readonly scale: number;
}

const entryPattern = /^(?:(chat|complete)=)?(.+?)(?:\*(\d{1,2}(?:\.\d{1,4})?))?$/;

/** Adapters (LoRA) of the models, each `[chat=|complete=]SOURCE[*SCALE]`, separated by commas or spaces. */
export function adapters(row: Description): Variable<readonly AdapterChoice[]> {
  return {
    ...row,
    ...optionalText,
    rule: 'a list, separated by commas or spaces, of hf:owner/repository/file@revision, https://…#sha256=… or disk:LABEL/path, each with complete= before it if it is for that model and *0.5 behind it to make it half as strong',
    default: [],
    read(raw) {
      const value: AdapterChoice[] = [];
      const problems: OnePilotError[] = [];
      for (const entry of raw.split(/[\s,]+/).filter((part) => part !== '')) {
        const [, role, place = '', scale] = entryPattern.exec(entry) ?? [];
        const source = parseSource(place);
        if ('fault' in source) problems.push(badSource(row, entry, source.fault));
        else value.push({ role: role === 'complete' ? role : 'chat', source, scale: Number(scale ?? 1) });
      }
      return problems.length > 0 ? { problems } : { value };
    },
  };
}
