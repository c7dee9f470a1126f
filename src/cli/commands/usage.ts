import { failure, type OnePilotError } from '../../errors/catalogue.ts';

/**
 * A wrong command line.
 * @param problem What is wrong, as a sentence.
 * @param about The command whose help shows how it is done.
 */
export function usage(problem: string, about?: string): OnePilotError {
  return failure('COMMAND_USAGE', { problem, command: about === undefined ? '' : ` ${about}` });
}
