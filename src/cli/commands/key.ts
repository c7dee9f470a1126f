import { readText } from '../../bootstrap/files.ts';
import { failure } from '../../errors/catalogue.ts';
import { recordGenerated } from '../../keys/record.ts';
import { effectiveKeys, isRevoked } from '../../keys/store.ts';
import type { Call, Result } from './command.ts';
import { done } from './exit-codes.ts';
import { readKeys } from './key-list.ts';

/** `onepilot key`. Never gives a revoked one. @throws COMMAND_KEY_CHOSEN, COMMAND_NO_KEY, KEY_STORE_UNREADABLE */
export async function key({ world }: Pick<Call, 'world'>): Promise<Result> {
  const text = (await readText(world.paths.apiKey))?.trim();
  const { configured, store } = await readKeys(world.paths);
  // A revocation that was cut off leaves the file until the agent runs.
  if (text && !isRevoked(recordGenerated('generated', text), store)) {
    return { code: done, text: `${text}\n`, json: { key: text } };
  }
  const chosen = effectiveKeys(configured, store).some(({ name }) => name === 'context');
  throw chosen ? failure('COMMAND_KEY_CHOSEN', {}) : failure('COMMAND_NO_KEY', {});
}
