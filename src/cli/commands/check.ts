import { readFile } from 'node:fs/promises';
import { parseContextSh, type RawValues } from '../../context/context-sh.ts';
import { asProblem } from '../../context/parse.ts';
import type { Context } from '../../context/read.ts';
import { Secret } from '../../context/secret.ts';
import { failure } from '../../errors/catalogue.ts';
import type { ContextProblem } from '../../gateway/configuration.ts';
import { observeHardware } from '../../machine/hardware.ts';
import type { Call, CommandWorld, Result } from './command.ts';
import { checkValues, imageIfAny } from './context-problems.ts';
import { done, notReady } from './exit-codes.ts';
import { asText, counted, problemLines } from './text.ts';

/** A context to be checked, and what is wrong with it as a text. */
interface Found {
  readonly source: string;
  readonly values: RawValues;
  readonly token: Secret | undefined;
  readonly errors: readonly ContextProblem[];
  readonly warnings: readonly ContextProblem[];
}

/** `onepilot check [FILE]`. @throws COMMAND_FILE_UNREADABLE */
export async function check({ words: [file], world }: Pick<Call, 'words' | 'world'>): Promise<Result> {
  const found = file === undefined ? ofThisMachine(await world.readContext()) : await ofFile(file, world);
  const image = await imageIfAny(world.paths.imageFacts);
  const hardware = await observeHardware();
  const appliance = image && { paths: world.paths, image, hardware };
  const problems = await checkValues(found.values, found.token, appliance);
  const errors = [...found.errors, ...problems.errors];
  const warnings = [...found.warnings, ...problems.warnings];

  const counts = [
    ...(errors.length > 0 ? [counted(errors.length, 'error')] : ['fine']),
    ...(warnings.length > 0 ? [counted(warnings.length, 'warning')] : []),
  ];
  return {
    code: errors.length > 0 ? notReady : done,
    text: asText([
      `${found.source}: ${counts.join(', ')}`,
      ...problemLines('Errors', errors),
      ...problemLines('Warnings', warnings),
      ...(image ? [] : ['', 'Limits of the image were not checked: this machine is no appliance.']),
    ]),
    json: {
      source: found.source,
      fine: errors.length === 0,
      errors,
      warnings,
      imageLimitsChecked: image !== undefined,
    },
  };
}

async function ofFile(path: string, world: CommandWorld): Promise<Found> {
  const text = path === '-' ? await world.stdin() : await readGiven(path);
  const { values, problems } = parseContextSh(text);
  return {
    source: path === '-' ? 'standard input' : path,
    values,
    // A file cannot tell whether a token.txt would lie beside it on the disk.
    token: new Secret('unknown'),
    errors: problems.map((problem) => asProblem(problem)),
    warnings: [],
  };
}

/** The agent comes up without a context, or with half of one; whoever asks for a check wants that told as wrong. */
function ofThisMachine({ source, values, token, warnings }: Context): Found {
  const unreadable = ({ code }: ContextProblem) => code === 'CONTEXT_UNREADABLE_TEXT';
  return {
    source: source ?? 'no context',
    values,
    token,
    errors: warnings.filter(unreadable),
    warnings: warnings.filter((warning) => !unreadable(warning)),
  };
}

async function readGiven(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/, \w+ '.*'$/, '') : String(cause);
    throw failure('COMMAND_FILE_UNREADABLE', { path, reason }, { cause });
  }
}
