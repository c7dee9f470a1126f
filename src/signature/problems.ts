import type { OnePilotError } from '../errors/catalogue.ts';

/** Problems as lines of an error's text, each with what to do about it. */
export function listedProblems(problems: readonly OnePilotError[]): string {
  return problems
    .map(({ code, message, fix }) => `  ${message.replaceAll('\n', '\n  ')}\n  → ${fix} (${code})`)
    .join('\n');
}
