import { readText } from '../../bootstrap/files.ts';
import { failure } from '../../errors/catalogue.ts';
import type { Call, Result } from './command.ts';
import { done } from './exit-codes.ts';
import { readKeys } from './key-list.ts';

/** `onepilot key`. @throws COMMAND_KEY_CHOSEN, COMMAND_NO_KEY */
export async function key({ world }: Pick<Call, 'world'>): Promise<Result> {
  const text = (await readText(world.paths.apiKey))?.trim();
  if (text) return { code: done, text: `${text}\n`, json: { key: text } };
  const { configured } = await readKeys(world.paths);
  const chosen = configured.some(({ name }) => name === 'context');
  throw chosen ? failure('COMMAND_KEY_CHOSEN', {}) : failure('COMMAND_NO_KEY', {});
}
