import { loadProgress } from '../engine/load-progress.ts';
import type { Teller } from '../report/teller.ts';
import type { Configured } from './configure.ts';
import { whyGivenUp } from './model-refusals.ts';
import { waitUntilReady } from './readiness.ts';
import type { World } from './world.ts';

/**
 * Waits until the gateway says that the model answers, telling how far the load is.
 * @returns false when a later run has taken over
 * @throws what `waitUntilReady` throws
 */
export async function awaitService(
  world: World,
  { decision: { anchors, facts }, models, isOvertaken }: Configured,
  teller: Teller,
): Promise<boolean> {
  const { paths, system, patience } = world;
  const served = models?.selection.served ?? [];
  const bytes = served.reduce((sum, { model }) => sum + model.facts.fileSize, 0);
  return waitUntilReady(() => world.askHealth(anchors), system, {
    deadline: patience.service,
    isOvertaken,
    whyGivenUp: () => whyGivenUp(system, served),
    async onWait() {
      const percent = await loadProgress({
        cgroup: paths.engineProcesses,
        proc: paths.processes,
        modelBytes: bytes,
      });
      await teller.loading(facts, percent);
    },
  });
}
