import { diagnose } from '../engine/diagnosis.ts';
import type { FailedModel } from '../machine/system.ts';
import { checkGguf } from '../models/gguf/header.ts';
import type { ServedModel } from '../models/selection/model.ts';
import { markRefused } from '../models/store/refusals.ts';
import type { Configured } from './configure.ts';
import { readImageFacts } from './current.ts';
import { setMarkFile } from './files.ts';
import type { World } from './world.ts';

/**
 * Notes what the engine could not load and is not the image's own, so that the next run goes without instead of
 * trying it at every boot: adapters before their model, which may be innocent. Never throws.
 * @returns whether there was any
 */
export async function noteRefusals(
  { paths, system, log, now }: Pick<World, 'paths' | 'system' | 'log' | 'now'>,
  { models, machine }: Pick<Configured, 'models' | 'machine'>,
): Promise<boolean> {
  const added = (models?.selection.served ?? []).filter((served) => suspects(served).length > 0);
  if (added.length === 0) return false;
  try {
    const failures = await system.failedModels();
    const { engine } = await readImageFacts(paths.imageFacts);
    let isNews = false;
    for (const served of added) {
      const problem = failures.get(served.model.id);
      if (problem === undefined) continue;
      const reason = whyFailed(problem, served.model);
      const circumstances = { code: problem.code, memory: machine.hardware.memory, at: now() };
      for (const { name, refusable } of suspects(served)) {
        await markRefused(paths.models, refusable, reason, engine, circumstances);
        log.note(`${name} is given up: ${reason}`);
      }
      isNews = true;
    }
    if (isNews) await setMarkFile(paths.lookAgain);
    return isNews;
  } catch (error) {
    await log.detail(`models: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

/** What may be the reason that a model does not load: what of it did not come with the image. */
function suspects({
  model: { id, refusable },
  adapters,
}: ServedModel): readonly { readonly name: string; readonly refusable: string }[] {
  if (adapters.length > 0) return adapters;
  return refusable === undefined ? [] : [{ name: id, refusable }];
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
