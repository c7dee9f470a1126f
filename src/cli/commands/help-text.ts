import { wrap } from '../../report/wrap.ts';
import type { Command, CommandOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { commands } from './table.ts';
import { asText, columns } from './text.ts';

const everywhere: readonly CommandOption[] = [
  { name: 'json', about: 'print one JSON document instead of text, errors included' },
  { name: 'help', short: 'h', about: 'show help' },
];

/** More options than this are not named in a usage line: they are listed below it. */
const mostNamed = 4;

/** `onepilot logs [-f] [-n N] [agent|gateway|engine]`. */
export function usageLine({ name, options, words }: Command): string {
  if (options.length > mostNamed) return ['onepilot', name, '[OPTION…]', ...words].join(' ');
  const switches = options.map(({ short, name: long, value }) => {
    const dashed = short === undefined ? `--${long}` : `-${short}`;
    return `[${value === undefined ? dashed : `${dashed} ${value}`}]`;
  });
  return ['onepilot', name, ...switches, ...words].join(' ');
}

/** Options of a command, its own first. */
export function optionsOf(command: Pick<Command, 'options'>): readonly CommandOption[] {
  return [...command.options, ...everywhere];
}

/** `-n, --lines N`. */
export function optionName({ name, short, value }: CommandOption): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** What is needed to run it, as a sentence; undefined when nothing is. */
export function rootNote({ needsRoot }: Pick<Command, 'needsRoot'>): string | undefined {
  if (needsRoot === 'always') return 'Needs root.';
  return needsRoot === 'never' ? undefined : `Needs root when called ${needsRoot}.`;
}

/** The commands that people call. */
export function publicCommands(): readonly Command[] {
  return commands.filter(({ hidden }) => !hidden);
}

/** `onepilot help`. */
export function shortHelp(): string {
  const rows = publicCommands().map((command) => [[command.name, ...command.words].join(' '), command.about]);
  return asText([
    'Usage: onepilot COMMAND',
    '',
    'Commands:',
    ...columns(rows, '  '),
    '',
    ...optionLines(everywhere),
    '',
    ...exitCodeLines(),
    '',
    'More on a command: onepilot help COMMAND',
  ]);
}

/** `onepilot help COMMAND`. */
export function commandHelp(command: Command): string {
  const root = rootNote(command);
  return asText([
    `Usage: ${usageLine(command)}`,
    '',
    ...wrap(sentence(command.about)),
    ...command.details.flatMap((paragraph) => ['', ...wrap(paragraph)]),
    '',
    ...optionLines(optionsOf(command)),
    '',
    ...exitCodeLines(),
    ...(root === undefined ? [] : ['', root]),
  ]);
}

/** Help for commands that share their first word. */
export function groupHelp(group: readonly Command[]): string {
  return group.map(commandHelp).join('\n');
}

/** The one line about a command as a sentence. */
export function sentence(about: string): string {
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}.`;
}

function optionLines(options: readonly CommandOption[]): string[] {
  const rows = options.map((option) => {
    const name = optionName(option);
    return [name.startsWith('--') ? `    ${name}` : name, option.about];
  });
  return ['Options:', ...columns(rows, '  ')];
}

function exitCodeLines(): string[] {
  return ['Exit codes:', ...columns(Object.entries(exitCodes), '  ')];
}
