import { readText } from '../../bootstrap/files.ts';
import { failure } from '../../errors/catalogue.ts';
import type { Call, Result } from './command.ts';
import { done } from './exit-codes.ts';

/** `onepilot report`. @throws COMMAND_NO_REPORT */
export async function report({ world }: Pick<Call, 'world'>): Promise<Result> {
  const text = await readText(world.paths.report);
  if (text === undefined) throw failure('COMMAND_NO_REPORT', {});
  return { code: done, text, json: { sections: sectionsOf(text) } };
}

/** The lines under each `[heading]`; names in them may occur more than once. */
function sectionsOf(text: string): Record<string, string[]> {
  const sections: Record<string, string[]> = {};
  let current: string[] = [];
  for (const line of text.split('\n')) {
    const heading = /^\[(.+)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      current = [];
      sections[heading] = current;
    } else if (line !== '') {
      current.push(line);
    }
  }
  return sections;
}
