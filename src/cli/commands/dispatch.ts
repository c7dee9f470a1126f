import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type ErrorCode, failure, OnePilotError } from '../../errors/catalogue.ts';
import { harmless } from '../../report/harmless.ts';
import { wrap } from '../../report/wrap.ts';
import type { Call, Command, CommandWorld, Result } from './command.ts';
import { done, failed, notReady, rootNeeded, wrongUsage } from './exit-codes.ts';
import { commandHelp, groupHelp, shortHelp } from './help-text.ts';
import { commands } from './table.ts';
import { asText } from './text.ts';
import { usage } from './usage.ts';

/** What the process prints and how it ends. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Codes of errors that end the process with another number than 1. */
const codesOf: Partial<Record<ErrorCode, number>> = {
  COMMAND_USAGE: wrongUsage,
  COMMAND_NEEDS_ROOT: rootNeeded,
  COMMAND_NO_STATUS: notReady,
};

/** Runs the `onepilot` command with `args`, the words after its name. Never throws. */
export async function dispatch(args: readonly string[], world: CommandWorld): Promise<Ended> {
  // Looked for before anything is parsed: a wrong command line must be told in the form that was asked for.
  const json = args.includes('--json');
  try {
    return printed(await answer(args, world), json);
  } catch (error) {
    return told(error, json);
  }
}

async function answer(args: readonly string[], world: CommandWorld): Promise<Result> {
  const found = findCommand(args);
  if ('help' in found) return { code: done, text: found.help, json: { help: found.help } };
  const { command, rest } = found;
  const { values, positionals } = parseStrictly(command, rest);
  if (values.help === true) {
    const text = commandHelp(command);
    return { code: done, text, json: { help: text } };
  }
  checkWords(command, positionals);
  const needed =
    command.needsRoot === 'always' || (command.needsRoot !== 'never' && positionals.length === 0);
  if (needed && !world.isRoot) throw failure('COMMAND_NEEDS_ROOT', { command: command.name });
  const call: Call = {
    words: positionals,
    flag: (option) => values[option] === true,
    value: (option) => {
      const value = values[option];
      return typeof value === 'string' ? value : undefined;
    },
    json: values.json === true,
    world,
  };
  return (await command.load())(call);
}

type Found = { readonly command: Command; readonly rest: readonly string[] } | { readonly help: string };

/** The row whose one or two words `args` begin with, options before and between them aside. */
function findCommand(args: readonly string[]): Found {
  const [first, second] = args
    .map((arg, at) => ({ arg, at }))
    .filter(({ arg }) => arg === '-' || !arg.startsWith('-'));
  const without = (...places: readonly number[]) => args.filter((_, at) => !places.includes(at));
  if (!first) {
    const unknown = args.find((arg) => !['--help', '-h', '--json'].includes(arg));
    if (unknown !== undefined) throw usage(`There is no option «${unknown}» here.`);
    return { help: shortHelp() };
  }
  if (second) {
    const command = commands.find(({ name }) => name === `${first.arg} ${second.arg}`);
    if (command) return { command, rest: without(first.at, second.at) };
  }
  const command = commands.find(({ name }) => name === first.arg);
  if (command) return { command, rest: without(first.at) };

  const group = commands.filter(({ name }) => name.startsWith(`${first.arg} `));
  if (group.length === 0) throw usage(`There is no command «${first.arg}».`);
  if (args.includes('--help') || args.includes('-h')) return { help: groupHelp(group) };
  const wanted = group.map(({ name }) => name).join(', ');
  throw usage(
    second ? `There is no command «${first.arg} ${second.arg}».` : `Say which: ${wanted}.`,
    first.arg,
  );
}

function parseStrictly(command: Command, args: readonly string[]) {
  const options: NonNullable<ParseArgsConfig['options']> = {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
  };
  for (const { name, short, value } of command.options) {
    options[name] = {
      type: value === undefined ? 'boolean' : 'string',
      ...(short !== undefined && { short }),
    };
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    // Node goes on with a hint at `--`, which helps nobody here.
    throw usage(`${(problem.split('. ')[0] ?? problem).replace(/\.$/, '')}.`, command.name);
  }
}

function checkWords({ name, words }: Command, given: readonly string[]): void {
  const missing = words.filter((word) => !word.startsWith('['))[given.length];
  if (missing !== undefined) throw usage(`${missing} is missing.`, name);
  const extra = words.at(-1)?.endsWith('…]') ? undefined : given[words.length];
  if (extra !== undefined) throw usage(`«${extra}» is one word too many.`, name);
}

function printed({ code, text, json, notes = [] }: Result, asJson: boolean): Ended {
  const stderr = harmless(asText(notes));
  if (!asJson) return { code, stdout: harmless(text), stderr };
  return { code, stdout: json === undefined ? '' : `${JSON.stringify(json, null, 2)}\n`, stderr };
}

function told(cause: unknown, json: boolean): Ended {
  const error =
    cause instanceof OnePilotError
      ? cause
      : failure('COMMAND_FAILED', { reason: cause instanceof Error ? cause.message : String(cause) });
  const code = codesOf[error.code] ?? failed;
  if (json) {
    const document = { error: { code: error.code, what: error.message, fix: error.fix } };
    return { code, stdout: `${JSON.stringify(document, null, 2)}\n`, stderr: '' };
  }
  const lines = [...wrap(error.message), ...wrap(error.fix, '  '), `  (${error.code})`];
  return { code, stdout: '', stderr: harmless(asText(lines)) };
}
