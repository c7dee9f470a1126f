import type { CommandWorld } from '../command.ts';
import type { Check } from './check.ts';
import type { Known } from './known.ts';

/** What is looked at before an ACME CA is asked; nothing where none is wanted. */
export async function acmeChecks({ wanted }: Known, _world: CommandWorld): Promise<readonly Check[]> {
  if (!wanted) return [];
  return [];
}
