import type { Call, Result } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { commandHelp, groupHelp, optionsOf, publicCommands, shortHelp, usageLine } from './help-text.ts';
import { commands } from './table.ts';
import { usage } from './usage.ts';

/** `onepilot help [variables|COMMAND]`. */
export async function help({ words }: Call): Promise<Result> {
  const topic = words.join(' ');
  if (topic === '') return shown(shortHelp(), tableForPrograms());
  if (topic === 'variables') {
    const { renderVariablesHelp } = await import('../../context/variables-help.ts');
    const text = renderVariablesHelp();
    return shown(text, { help: text });
  }
  const command = commands.find(({ name }) => name === topic);
  const group = commands.filter(({ name }) => name === topic || name.startsWith(`${topic} `));
  if (group.length === 0) throw usage(`There is no command «${topic}».`);
  const text = command && group.length === 1 ? commandHelp(command) : groupHelp(group);
  return shown(text, { help: text });
}

function shown(text: string, json: unknown): Result {
  return { code: 0, text, json };
}

function tableForPrograms() {
  return {
    commands: publicCommands().map((command) => ({
      name: command.name,
      usage: usageLine(command),
      about: command.about,
      options: optionsOf(command).map(({ name }) => `--${name}`),
      needsRoot: command.needsRoot,
    })),
    exitCodes,
  };
}
