import { gibibyte, mebibyte } from '../../../engine/sizing/memory.ts';
import { usage } from '../usage.ts';

const help = 'models explain';

/** Bytes that `--memory` means. @throws COMMAND_USAGE */
export function askedMemory(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit] = /^(\d{1,6}(?:\.\d{1,3})?) ?(GiB|MiB|G|M)$/i.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (unit?.toUpperCase().startsWith('G') ? gibibyte : mebibyte));
  if (bytes > 0) return bytes;
  throw usage(`--memory must be a number of GiB or MiB, for example 16GiB, not «${text}».`, help);
}

/** Physical cores that `--cores` means. @throws COMMAND_USAGE */
export function askedCores(text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber(text, 'cores', 1, 1024);
}

/** Tokens that `--context-size` means; 0 for as many as fit and are of use. @throws COMMAND_USAGE */
export function askedContextSize(text: string | undefined): number | undefined {
  if (text === undefined || text === '0') return text === undefined ? undefined : 0;
  return wholeNumber(text, 'context-size', 512, 1_048_576);
}

function wholeNumber(text: string, option: string, minimum: number, maximum: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  throw usage(`--${option} must be a whole number from ${minimum} to ${maximum}, not «${text}».`, help);
}
