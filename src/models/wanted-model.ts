import { asProblem } from '../context/parse.ts';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { BakedModel } from './image-facts.ts';

/**
 * The models to serve, the one to offer first at the beginning. Pure.
 * @param asked Id of a chat model, which need not be in the image.
 */
export function wantedModels(
  asked: string | undefined,
  baked: readonly BakedModel[],
): { readonly models: readonly BakedModel[]; readonly warnings: readonly ContextProblem[] } {
  const found = baked.find(({ id }) => id === asked);
  if (found?.roles.includes('chat')) {
    return { models: [found, ...baked.filter((model) => model !== found)], warnings: [] };
  }
  if (asked === undefined || found) return { models: baked, warnings: [] };
  const used = baked.map(({ id }) => id).join(', ');
  const warning = failure('CONTEXT_MODEL_NOT_HERE', { asked, used });
  return { models: baked, warnings: [asProblem(warning, 'ONEAPP_COPILOT_AI_MODEL')] };
}
