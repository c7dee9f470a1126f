import type { Candidate, Wishes } from '../../../engine/sizing/candidate.ts';
import type { EngineMachine } from '../../../engine/sizing/machine.ts';
import { type Sizing, sizeEngine } from '../../../engine/sizing/size-engine.ts';
import type { ModelFacts } from '../../../models/facts.ts';
import type { ModelRole } from '../../../models/image-facts.ts';
import type { Inventory } from './inventory.ts';

/** What the context wishes of the engine. */
export function wishesOf({ settings }: Pick<Inventory, 'settings'>): Wishes {
  return { contextSize: settings.contextSize || undefined, cpuThreads: settings.cpuThreads };
}

/** The machine shared out if this model were all that it serves. Pure. */
export function sizedAlone(
  model: { readonly id: string; readonly roles: readonly ModelRole[]; readonly facts: ModelFacts },
  wishes: Wishes,
  machine: EngineMachine,
): Sizing {
  const candidate: Candidate = { ...model, adapters: 0, asked: true };
  return sizeEngine([candidate], wishes, machine);
}

/** What a file can do by what it says of itself. */
export function rolesByFacts({ hasChatTemplate, hasInfillTokens }: ModelFacts): readonly ModelRole[] {
  const roles: ModelRole[] = [
    ...(hasChatTemplate ? ['chat' as const] : []),
    ...(hasInfillTokens ? ['complete' as const] : []),
  ];
  return roles.length > 0 ? roles : ['embed'];
}
