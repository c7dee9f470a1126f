import { agentErrors } from './agent.ts';
import { builderErrors } from './builder.ts';
import { certificateErrors } from './certificates.ts';
import { commandErrors } from './command.ts';
import { contextErrors } from './context.ts';
import { engineErrors } from './engine.ts';
import { gatewayErrors } from './gateway.ts';
import { ggufErrors } from './gguf.ts';
import { keyErrors } from './keys.ts';
import { modelErrors } from './models.ts';
import { networkErrors } from './network.ts';
import { onegateErrors } from './onegate.ts';
import { publishingErrors } from './publishing.ts';
import { selectionErrors } from './selection.ts';
import { sizingErrors } from './sizing.ts';

/** What went wrong and how to put it right; `{name}` marks a value that the caller supplies. */
export interface ErrorDefinition {
  readonly what: string;
  readonly fix: string;
}

/**
 * Every error OnePilot can report, by its stable code. Codes are never reused for another meaning.
 * `docs/errors.md` is generated from this table, and a test proves it fresh.
 */
export const catalogue = {
  ...builderErrors,
  ...publishingErrors,
  ...ggufErrors,
  ...agentErrors,
  ...contextErrors,
  ...modelErrors,
  ...engineErrors,
  ...sizingErrors,
  ...selectionErrors,
  ...networkErrors,
  ...certificateErrors,
  ...onegateErrors,
  ...commandErrors,
  ...keyErrors,
  ...gatewayErrors,
} as const;

export type ErrorCode = keyof typeof catalogue;

type PlaceholderIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlaceholderIn<Rest>
  : never;

/** The values that the texts of `Code` ask for. Never a secret: they are printed as they are. */
export type ErrorValues<Code extends ErrorCode> = Record<
  PlaceholderIn<(typeof catalogue)[Code]['what']> | PlaceholderIn<(typeof catalogue)[Code]['fix']>,
  string | number
>;

/** An error from the catalogue. Its message is the sentence that says what happened. */
export class OnePilotError extends Error {
  readonly code: ErrorCode;
  readonly fix: string;

  constructor(code: ErrorCode, message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OnePilotError';
    this.code = code;
    this.fix = fix;
  }
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Makes the error `code` with its texts filled in. */
export function failure<Code extends ErrorCode>(
  code: Code,
  values: ErrorValues<Code>,
  options?: ErrorOptions,
): OnePilotError {
  const { what, fix } = catalogue[code];
  return new OnePilotError(code, fill(what, values), fill(fix, values), options);
}
