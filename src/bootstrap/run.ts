import { exists } from '../context/sources/files.ts';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import { units } from '../machine/paths.ts';
import { inTurn } from '../machine/turn.ts';
import type { Outcome } from '../report/console.ts';
import { Teller } from '../report/teller.ts';
import { awaitService } from './await-service.ts';
import { type Configured, configure } from './configure.ts';
import { settleFetching } from './fetching.ts';
import { readText, setMarkFile } from './files.ts';
import { noteRefusals } from './model-refusals.ts';
import type { Occasion } from './occasion.ts';
import { failed, outcomeOf, refusal } from './outcome.ts';
import { watchForChanges } from './watch.ts';
import type { World } from './world.ts';

/** How a run ended; `overtaken`: a later run goes on in its place. */
export type RunOutcome = Outcome | { readonly state: 'configured' | 'overtaken' };

/**
 * Makes the machine what its context says, starts the service, waits for it and reports. Never throws: what
 * goes wrong is in the report, in the status, in the message of the day and on the consoles. On a machine that
 * is right already, nothing is changed and nothing is said.
 */
export async function runAgent(world: World, occasion: Occasion): Promise<RunOutcome> {
  const teller = await Teller.open(world, occasion === 'boot');
  let configured: Configured | undefined;
  let watching: Promise<void> | undefined;
  try {
    try {
      configured = await inTurn(world.paths.latestRun, world.patience.turn, agentBusy, () =>
        configure(world, occasion, teller),
      );
    } finally {
      // Beside the wait for the service, which takes longer.
      if (occasion !== 'reconcile') watching = watchForChanges(world, configured, occasion === 'boot');
    }
    await settleFetching(world, configured.fetching, occasion === 'boot');
    const { run, facts } = configured.decision;
    if (run === 'refused' || (occasion === 'configure' && facts.errors.length > 0)) {
      const outcome = refusal(configured);
      await teller.finished('configure', facts, outcome);
      return outcome;
    }
    if (occasion === 'configure') {
      if (teller.state === 'configuring') await teller.loading(facts);
      return { state: 'configured' };
    }
    if (!(await awaitService(world, configured, teller))) return { state: 'overtaken' };
    await noteRefusals(world, configured);
    return await endWell(world, configured, teller, occasion);
  } catch (cause) {
    // Should another model take its place, the next run tells of that.
    if (configured) await noteRefusals(world, configured);
    return await endBadly(world, configured, teller, cause);
  } finally {
    await watching;
    await teller.settled();
  }
}

const agentBusy = (seconds: number) => failure('AGENT_BUSY', { seconds });

async function endWell(
  world: World,
  configured: Configured,
  teller: Teller,
  occasion: Occasion,
): Promise<Outcome> {
  const { facts } = configured.decision;
  const outcome = outcomeOf(configured);
  const isNews = await teller.finished(facts.errors.length > 0 ? 'configure' : 'bootstrap', facts, outcome);
  if (outcome.state !== 'ready') return outcome;
  // A boot that ended badly has been put right since.
  if (isNews && occasion !== 'boot') {
    await attempt(world, () => world.system.forgetFailure(units.agent));
  }
  // A READY=NO for an earlier boot must not come after this one's YES.
  await teller.settled();
  if (configured.oneGate?.reportReady) await reportReady(world);
  return outcome;
}

async function endBadly(
  { log, paths }: World,
  configured: Configured | undefined,
  teller: Teller,
  cause: unknown,
): Promise<RunOutcome> {
  if (cause instanceof OnePilotError && cause.code === 'AGENT_BUSY') {
    // Whoever is at it tells how it ends; what this run was for is looked at after that.
    await log.detail(cause.message);
    await setMarkFile(paths.lookAgain);
    return { state: 'overtaken' };
  }
  if (cause instanceof Error && !(cause instanceof OnePilotError)) {
    await log.detail(cause.stack ?? cause.message);
  }
  const outcome = failed(cause);
  await teller.finished(teller.step, configured?.decision.facts, outcome);
  return outcome;
}

/**
 * Once in the life of a boot, by a unit of its own: it may take minutes. Started anew, for the context may be. While
 * one-context runs hooks it is left to the last of them: a start script, or a ready script it writes, comes first.
 */
async function reportReady(world: World): Promise<void> {
  const { hooksAtWork, oneContextLock } = world.paths;
  if ((await exists(hooksAtWork)) && (await exists(oneContextLock))) return;
  if ((await readText(world.paths.readyReported)) !== undefined) return;
  await attempt(world, () => world.system.restart(units.reportReady, { wait: false }));
}

async function attempt({ log }: World, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await log.detail(error instanceof Error ? error.message : String(error));
  }
}
