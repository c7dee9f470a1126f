import { type ParseArgsConfig, parseArgs } from 'node:util';
import { failure } from '../errors/catalogue.ts';

/**
 * Parses a command line strictly (node:util parseArgs).
 * @param command how the command is called, for the message
 * @throws BUILD_BAD_OPTION for an unknown option, a missing value or a stray word
 */
export function parseCommandLine<const Config extends ParseArgsConfig>(command: string, config: Config) {
  try {
    return parseArgs<Config>(config);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw failure(
      'BUILD_BAD_OPTION',
      { problem: problem.split('. ')[0] ?? problem, command },
      { cause: error },
    );
  }
}

/**
 * A positive whole number given as an option.
 * @throws BUILD_BAD_OPTION
 */
export function wholeNumber(
  command: string,
  option: string,
  text: string,
  least: number,
  most: number,
): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw failure('BUILD_BAD_OPTION', {
    problem: `--${option} must be a whole number from ${least} to ${most}, not «${text}».`,
    command,
  });
}
