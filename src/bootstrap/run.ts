import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { asProblem } from '../context/parse.ts';
import { type Context, readContext } from '../context/read.ts';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { Machine } from '../machine/observe.ts';
import { units, watcher } from '../machine/paths.ts';
import { inTurn } from '../machine/turn.ts';
import type { InterfaceSettings } from '../network/interfaces.ts';
import { type OneGateSettings, parseOneGate } from '../onegate/settings.ts';
import type { Outcome } from '../report/console.ts';
import { endpoints, type ReportFacts } from '../report/report.ts';
import { Teller } from '../report/teller.ts';
import { carryOut, observe } from './apply.ts';
import { awaitService } from './await-service.ts';
import { type Decision, decideService } from './decide-service.ts';
import { readText, removeFile, setMarkFile } from './files.ts';
import { becomeLatest } from './latest.ts';
import { type MachineIntent, readMachineIntent } from './machine-intent.ts';
import { type Desired, describe, plan } from './plan.ts';
import { hasExpectedAddresses } from './wanted-machine.ts';
import type { World } from './world.ts';

/**
 * When the agent runs: once as the machine starts; again whenever something may have changed; or because
 * one-apps' `service configure` asks for the configuration alone, without waiting for the service.
 */
export type Occasion = 'boot' | 'reconcile' | 'configure';

/** How a run ended; `overtaken`: a later run goes on in its place. */
export type RunOutcome = Outcome | { readonly state: 'configured' | 'overtaken' };

/**
 * Makes the machine what its context says, starts the service, waits for it and reports. Never throws: what
 * goes wrong is in the report, in the status, in the message of the day and on the consoles. On a machine that
 * is right already, nothing is changed and nothing is said.
 */
export async function runAgent(world: World, occasion: Occasion): Promise<RunOutcome> {
  const teller = await Teller.open(world, occasion === 'boot');
  const wasWrong = teller.state === 'degraded' || teller.state === 'failed';
  let configured: Configured | undefined;
  try {
    const busy = (seconds: number) => failure('AGENT_BUSY', { seconds });
    configured = await inTurn(world.paths.latestRun, world.patience.turn, busy, () =>
      configure(world, occasion, teller),
    );
    if (occasion !== 'reconcile') await watchForChanges(world, configured);
    const { run, facts } = configured.decision;
    if (run === 'refused') return await finish(teller, 'configure', facts, refusal(configured));
    if (occasion === 'configure') return { state: 'configured' };

    if (!(await awaitService(world, configured, teller))) return { state: 'overtaken' };
    const outcome = outcomeOf(configured);
    await finish(teller, facts.errors.length > 0 ? 'configure' : 'bootstrap', facts, outcome);
    if (outcome.state !== 'ready') return outcome;
    if (wasWrong) await forgetEarlierFailure(world);
    // A READY=NO for an earlier boot must not come after this one's YES.
    await teller.settled();
    if (configured.oneGate?.reportReady) await reportReady(world);
    return outcome;
  } catch (cause) {
    if (cause instanceof Error && !(cause instanceof OnePilotError)) {
      await world.log.detail(cause.stack ?? cause.message);
    }
    return finish(teller, teller.step, configured?.decision.facts, failed(cause));
  } finally {
    await teller.settled();
  }
}

/** A machine that has been configured, and what is left to do for its service. */
export interface Configured {
  readonly context: Context;
  readonly decision: Decision;
  readonly oneGate: OneGateSettings | undefined;
  /** What could not be done to the machine itself. */
  readonly machineFault: ContextProblem | undefined;
  readonly isOvertaken: () => Promise<boolean>;
}

async function configure(world: World, occasion: Occasion, teller: Teller): Promise<Configured> {
  const { paths, log, patience } = world;
  const atBoot = occasion === 'boot';
  // First of all: a change that comes while we look must be looked at again.
  await removeFile(paths.lookAgain);
  const isOvertaken = await becomeLatest(paths);

  let intent: MachineIntent;
  let machineFault: ContextProblem | undefined;
  try {
    if (atBoot) await teller.booting();
    intent = await readMachineIntent(world, atBoot ? patience.disk : 0);
    if (atBoot) await log.progress(`context: ${intent.context.source ?? 'none'}`);
    machineFault = await setUpMachine(world, intent.wanted.desired, teller);
  } finally {
    // Whatever failed, SSH must get its chance.
    if (atBoot) world.machineReady();
  }

  const machine = atBoot ? await waitForAddresses(world, intent.wanted.interfaces) : await world.observe();
  const oneGate = parseOneGate(intent.context.values, intent.context.token);
  const decided = await decideService(world, intent, machine);
  const warnings = [
    ...decided.facts.warnings,
    ...oneGate.warnings,
    ...(machineFault ? [machineFault] : []),
    ...(machine.addresses.length === 0 ? [asProblem(failure('AGENT_NO_ADDRESS', {}))] : []),
  ];
  const decision = { ...decided, facts: { ...decided.facts, warnings } };
  for (const { code, what } of [...decision.facts.errors, ...warnings]) await log.detail(`${code}: ${what}`);

  teller.useOneGate(oneGate.settings);
  await setUpService(world, decision, teller, atBoot);
  return { context: intent.context, decision, oneGate: oneGate.settings, machineFault, isOvertaken };
}

/** Network, host name, SSH keys, firewall, disk. A fault here must not keep the service from coming up. */
async function setUpMachine(
  world: World,
  desired: Desired,
  teller: Teller,
): Promise<ContextProblem | undefined> {
  try {
    const actions = plan(desired, await observe(desired, world));
    if (actions.length > 0) await teller.configuring();
    for (const action of actions) await world.log.detail(describe(action));
    await carryOut(actions, world);
    return undefined;
  } catch (error) {
    await world.log.detail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return asProblem(asOnePilotError(error));
  }
}

async function setUpService(
  world: World,
  { run, desired, facts, remarks }: Decision,
  teller: Teller,
  atBoot: boolean,
): Promise<void> {
  const actions = plan(desired, await observe(desired, world));
  if (actions.length > 0 || atBoot) {
    for (const remark of remarks) await world.log.detail(remark);
    if (run !== 'refused') await teller.loading(facts);
  }
  for (const action of actions) await world.log.detail(describe(action));
  if (actions.length === 0) await world.log.detail('nothing to change');
  await carryOut(actions, world);
}

/** Looks at the machine once it has its addresses, or once it has had its time to get them. */
async function waitForAddresses(world: World, interfaces: readonly InterfaceSettings[]): Promise<Machine> {
  const end = performance.now() + world.patience.address;
  while (true) {
    const machine = await world.observe();
    if (hasExpectedAddresses(interfaces, machine.addresses) || performance.now() >= end) {
      return machine;
    }
    await sleep(200);
  }
}

/**
 * Only now: until here this run itself changed what is watched. Reading the disk for the first time looks like
 * a change of it (the kernel finds a medium it had not seen), which would mean a second run at every boot; so
 * that mark is taken away, and set again if the context is another one by now.
 */
async function watchForChanges({ paths, system, log }: World, { context }: Configured): Promise<void> {
  try {
    const seen = await removeFile(paths.lookAgain);
    await system.start(watcher, { wait: false });
    if (!seen) return;
    const { values } = await readContext(paths, system, 0);
    if (!isDeepStrictEqual(values, context.values)) await setMarkFile(paths.lookAgain);
  } catch (error) {
    await log.detail(`changes will not be noticed: ${error instanceof Error ? error.message : error}`);
  }
}

/** Once in the life of a boot, by a unit of its own: it may take minutes. Started anew, for the context may be. */
async function reportReady({ paths, system, log }: World): Promise<void> {
  if ((await readText(paths.readyReported)) !== undefined) return;
  try {
    await system.restart(units.reportReady, { wait: false });
  } catch (error) {
    await log.detail(error instanceof Error ? error.message : String(error));
  }
}

/** A boot that ended badly has been put right since. */
async function forgetEarlierFailure({ system, log }: World): Promise<void> {
  try {
    await system.forgetFailure(units.agent);
  } catch (error) {
    await log.detail(error instanceof Error ? error.message : String(error));
  }
}

function outcomeOf(configured: Configured): Outcome {
  const { facts } = configured.decision;
  if (facts.errors.length > 0) return refusal(configured);
  const [url] = endpoints(facts.addresses);
  if (configured.machineFault) return { state: 'degraded', reason: configured.machineFault.what };
  if (facts.addresses.length === 0) {
    return { state: 'degraded', reason: failure('AGENT_NO_ADDRESS', {}).message };
  }
  return { state: 'ready', url };
}

function refusal({ decision: { run, facts } }: Pick<Configured, 'decision'>): Outcome {
  const what = facts.errors.map((problem) => problem.what).join(' ');
  return { state: run === 'kept' ? 'degraded' : 'failed', reason: what };
}

function asOnePilotError(cause: unknown): OnePilotError {
  if (cause instanceof OnePilotError) return cause;
  return failure(
    'AGENT_FAILED',
    { reason: cause instanceof Error ? cause.message : String(cause) },
    { cause },
  );
}

function failed(cause: unknown): Outcome {
  const error = asOnePilotError(cause);
  return { state: 'failed', reason: `${error.message} ${error.fix}` };
}

async function finish(
  teller: Teller,
  step: 'configure' | 'bootstrap',
  facts: ReportFacts | undefined,
  outcome: Outcome,
): Promise<Outcome> {
  await teller.finished(step, facts, outcome);
  return outcome;
}
