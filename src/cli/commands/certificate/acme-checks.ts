import type { Check } from '../../../certificates/acme/checks/check.ts';
import type { CommandWorld } from '../command.ts';
import type { Known } from './known.ts';

/** What is looked at before an ACME CA is asked; nothing where none is wanted. */
export async function acmeChecks({ wanted }: Known, _world: CommandWorld): Promise<readonly Check[]> {
  if (!wanted) return [];
  return [];
}
