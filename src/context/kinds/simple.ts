import { failure } from '../../errors/catalogue.ts';
import { Secret } from '../secret.ts';
import { shown } from '../shown.ts';
import type { Description, Variable } from '../variable.ts';

interface Limits {
  /** Inclusive limits: of the number, or of the length in characters. */
  readonly minimum: number;
  readonly maximum: number;
}

/** A number in decimal digits. @param row `zero`: what 0 means, where it is none of the numbers. */
export function wholeNumber(
  row: Description & Limits & { readonly default: number; readonly zero?: string },
): Variable<number> {
  const { zero, ...description } = row;
  const { name, minimum, maximum, example } = row;
  return {
    ...description,
    input: 'number',
    secret: false,
    offered: true,
    rule: `a whole number from ${minimum} to ${maximum}${zero === undefined ? '' : `, or 0 for ${zero}`}`,
    shownDefault: String(row.default),
    read(raw) {
      const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
      if ((value >= minimum && value <= maximum) || (zero !== undefined && value === 0)) return { value };
      const found = shown(raw);
      return {
        problems: [failure('CONTEXT_BAD_NUMBER', { variable: name, found, minimum, maximum, example })],
      };
    },
  };
}

const yes = ['yes', 'true', '1', 'y', 'on'];
const no = ['no', 'false', '0', 'n', 'off'];

/** YES or NO as OpenNebula's forms write it, and what one-apps and people write. */
export function yesOrNo(row: Description & { readonly default: boolean }): Variable<boolean> {
  const rule = 'YES or NO';
  return {
    ...row,
    input: 'boolean',
    secret: false,
    offered: true,
    rule,
    shownDefault: row.default ? 'YES' : 'NO',
    read(raw) {
      const word = raw.toLowerCase();
      if (yes.includes(word)) return { value: true };
      if (no.includes(word)) return { value: false };
      return { problems: [badValue(row, rule, raw)] };
    },
  };
}

/** A secret of printable ASCII characters. Its spaces are its own and refused: none disappears without a word. */
export function password(row: Description & Limits): Variable<Secret | undefined> {
  const { name, minimum, maximum } = row;
  return {
    ...row,
    input: 'password',
    secret: true,
    offered: true,
    rule: `${minimum} to ${maximum} characters: letters, digits and ASCII signs, no spaces`,
    default: undefined,
    shownDefault: '',
    read(raw) {
      if (raw.length >= minimum && raw.length <= maximum && /^[!-~]+$/.test(raw)) {
        return { value: new Secret(raw) };
      }
      return { problems: [failure('CONTEXT_BAD_PASSWORD', { variable: name, minimum, maximum })] };
    },
  };
}

/** What variables have in common that hold text and may be left out. */
export const optionalText = {
  input: 'text',
  secret: false,
  offered: true,
  default: undefined,
  shownDefault: '',
} as const;

/** Free text on one line. */
export function text(row: Description & Pick<Limits, 'maximum'>): Variable<string | undefined> {
  const { maximum } = row;
  const rule = `text on one line of at most ${maximum} characters`;
  return {
    ...row,
    ...optionalText,
    rule,
    read(raw) {
      if (raw.length <= maximum && !/\p{Cc}/u.test(raw)) return { value: raw };
      return { problems: [badValue(row, rule, raw)] };
    },
  };
}

/** The address of a web server. A user name or password in it would be shown in errors and logs, so there must be none. */
export function webAddress(row: Description): Variable<string | undefined> {
  const rule = 'a URL with https:// or http://, without user name and password';
  return {
    ...row,
    ...optionalText,
    rule,
    read(raw) {
      const url = URL.parse(raw);
      const isPlain = url !== null && url.username === '' && url.password === '';
      if (isPlain && /^https?:$/.test(url.protocol) && /^https?:\/\//i.test(raw)) return { value: raw };
      // What stands before an @ may be a password.
      return { problems: [badValue(row, rule, raw.replace(/^.*@/s, '…@'))] };
    },
  };
}

/** The problem of a value that is not secret. */
export function badValue({ name, example }: Description, rule: string, raw: string) {
  return failure('CONTEXT_BAD_VALUE', { variable: name, rule, found: shown(raw), example });
}
