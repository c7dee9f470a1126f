import { diagnose } from '../engine/diagnosis.ts';
import type { FailedModel } from '../machine/system.ts';
import { checkGguf } from '../models/gguf/header.ts';
import type { ServedModel } from '../models/selection/model.ts';
import { markRefused } from '../models/store/refusals.ts';
import type { Configured } from './configure.ts';
import { readImageFacts } from './current.ts';
import { setMarkFile } from './files.ts';
import { engineOf } from './model-intent.ts';
import type { World } from './world.ts';

/**
 * Notes the fetched models that the engine could not load, so that the next run serves the image's in their place
 * instead of trying them at every boot. Never throws.
 * @returns whether there were any
 */
export async function noteRefusals(
  { paths, system, log }: Pick<World, 'paths' | 'system' | 'log'>,
  { models }: Pick<Configured, 'models'>,
): Promise<boolean> {
  const fetched = models?.selection.served.filter(({ model }) => model.refusable !== undefined) ?? [];
  if (fetched.length === 0) return false;
  try {
    const failures = await system.failedModels();
    const engine = engineOf(await readImageFacts(paths.imageFacts));
    let isNews = false;
    for (const { model } of fetched) {
      const problem = failures.get(model.id);
      if (problem === undefined || model.refusable === undefined) continue;
      const reason = whyFailed(problem, model);
      await markRefused(paths.models, model.refusable, reason, engine);
      log.note(`${model.id} is given up: ${reason}`);
      isNews = true;
    }
    if (isNews) await setMarkFile(paths.lookAgain);
    return isNews;
  } catch (error) {
    await log.detail(`models: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

/** Why the model that chats is given up; undefined as long as the gateway has it tried again. */
export async function whyGivenUp(
  system: Pick<World['system'], 'failedModels'>,
  served: readonly ServedModel[],
): Promise<string | undefined> {
  const main = served.find(({ roles }) => roles.includes('chat')) ?? served[0];
  const problem = main && (await system.failedModels()).get(main.model.id);
  return problem && whyFailed(problem, main.model);
}

/** The gateway cannot see files: whoever can knows more about a load that failed for no known reason. */
function whyFailed(problem: FailedModel, { id, here, facts }: ServedModel['model']): string {
  if (problem.code !== 'MODEL_LOAD_FAILED') return problem.what;
  const fileProblem = whyDamaged(here);
  const known = {
    model: id,
    architecture: facts.architecture,
    ...(fileProblem !== undefined && { fileProblem }),
  };
  return diagnose(known).message;
}

function whyDamaged(path: string): string | undefined {
  try {
    checkGguf(path);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
  }
}
