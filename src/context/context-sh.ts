import { failure, type OnePilotError } from '../errors/catalogue.ts';

/** Raw context: variable names and what stood between the quotes. */
export type RawValues = ReadonlyMap<string, string>;

export interface ContextText {
  /** Everything up to the first problem; a name that stands twice has its last value, as in a shell. */
  readonly values: RawValues;
  /** Empty when the whole text was understood. */
  readonly problems: readonly OnePilotError[];
}

const opening = /([A-Za-z_][A-Za-z0-9_]*)='/y;

/**
 * Reads `context.sh` as OpenNebula's core writes it (src/vm/VirtualMachineContext.cc): comment lines and
 * `NAME='value'`, where a value may hold newlines and the only escape is `'\''`. `$`, backquotes and
 * backslashes are ordinary characters. Nothing is executed. Reading stops at the first thing that core does
 * not write, because where the next value starts is unknown from there on.
 */
export function parseContextSh(text: string): ContextText {
  const values = new Map<string, string>();
  const stop = (position: number): ContextText => {
    const line = text.slice(0, position).split('\n').length;
    return { values, problems: [failure('CONTEXT_UNREADABLE_TEXT', { line })] };
  };

  const zero = text.indexOf('\0');
  if (zero >= 0) return stop(zero);

  let position = 0;
  while (position < text.length) {
    const next = text[position];
    if (next === '\n') {
      position += 1;
    } else if (next === '#') {
      const end = text.indexOf('\n', position);
      position = end < 0 ? text.length : end;
    } else {
      opening.lastIndex = position;
      const name = opening.exec(text)?.[1];
      if (name === undefined) return stop(position);
      const value = readQuoted(text, opening.lastIndex);
      if (value === undefined) return stop(position);
      if (value.end < text.length && text[value.end] !== '\n') return stop(value.end);
      values.set(name, value.text);
      position = value.end;
    }
  }
  return { values, problems: [] };
}

/** Reads from behind an opening quote to behind its closing one; undefined when there is none. */
function readQuoted(text: string, start: number): { text: string; end: number } | undefined {
  let value = '';
  let from = start;
  while (true) {
    const quote = text.indexOf("'", from);
    if (quote < 0) return undefined;
    value += text.slice(from, quote);
    if (!text.startsWith("'\\''", quote)) return { text: value, end: quote + 1 };
    value += "'";
    from = quote + 4;
  }
}
