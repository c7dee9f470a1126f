import { setTimeout as sleep } from 'node:timers/promises';
import { asProblem } from '../context/parse.ts';
import type { Context } from '../context/read.ts';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { Machine } from '../machine/observe.ts';
import { units } from '../machine/paths.ts';
import { attachDisks } from '../models/store/disks.ts';
import type { InterfaceSettings } from '../network/interfaces.ts';
import { type OneGateSettings, parseOneGate } from '../onegate/settings.ts';
import type { Teller } from '../report/teller.ts';
import { carryOut, observe } from './apply.ts';
import { type Decision, decideService } from './decide-service.ts';
import { type FetchRequest, fetchRequest } from './fetching.ts';
import { removeFile, setMarkFile } from './files.ts';
import { becomeLatest } from './latest.ts';
import { type MachineIntent, readMachineIntent } from './machine-intent.ts';
import type { ModelIntent } from './model-intent.ts';
import type { Occasion } from './occasion.ts';
import { asOnePilotError } from './outcome.ts';
import { type Action, type Desired, describe, plan } from './plan.ts';
import { hasExpectedAddresses } from './wanted-machine.ts';
import type { World } from './world.ts';

/** A machine that has been configured, and what is left to do for its service. */
export interface Configured {
  readonly context: Context;
  /** As it was when this run decided. */
  readonly machine: Machine;
  readonly decision: Decision;
  /** Undefined where the image does not say which models it has. */
  readonly models: ModelIntent | undefined;
  /** What the fetching unit is to do. */
  readonly fetching: FetchRequest;
  readonly oneGate: OneGateSettings | undefined;
  /** What could not be done to the machine itself. */
  readonly machineFault: ContextProblem | undefined;
  readonly isOvertaken: () => Promise<boolean>;
}

/**
 * Makes the machine what its context says, and starts the service.
 * @throws what keeps the service from coming up
 */
export async function configure(world: World, occasion: Occasion, teller: Teller): Promise<Configured> {
  const { paths, log, patience } = world;
  const atBoot = occasion === 'boot';
  // First of all: a change that comes while we look must be looked at again.
  await removeFile(paths.lookAgain);
  const isOvertaken = await becomeLatest(paths);

  let intent: MachineIntent;
  let machineFault: ContextProblem | undefined;
  try {
    if (atBoot) await teller.booting();
    const { hardware } = await world.observe();
    intent = await readMachineIntent(world, hardware, atBoot ? patience.disk : 0, (settings) =>
      attachDisks(settings, paths, world.system),
    );
    if (atBoot) await log.progress(`context: ${intent.context.source ?? 'none'}`);
    machineFault = await setUpMachine(world, intent.wanted.desired, teller);
  } finally {
    // Whatever failed, SSH must get its chance.
    if (atBoot) world.machineReady();
  }

  const machine = atBoot ? await waitForAddresses(world, intent.wanted.interfaces) : await world.observe();
  const oneGate = parseOneGate(intent.context.values, intent.context.token);
  teller.useOneGate(oneGate.settings);
  const decided = await decideService(world, intent, machine);
  const warnings = [
    ...decided.facts.warnings,
    ...oneGate.warnings,
    ...(machineFault ? [machineFault] : []),
    ...(machine.addresses.length === 0 ? [asProblem(failure('AGENT_NO_ADDRESS', {}))] : []),
  ];
  const decision = { ...decided, facts: { ...decided.facts, warnings } };
  for (const { code, what } of [...decision.facts.errors, ...warnings]) log.note(`${code}: ${what}`);

  await setUpService(world, decision, teller, occasion);
  return {
    context: intent.context,
    machine,
    decision,
    models: intent.models,
    fetching: fetchRequest(intent),
    oneGate: oneGate.settings,
    machineFault,
    isOvertaken,
  };
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
  occasion: Occasion,
): Promise<void> {
  const { log, paths } = world;
  const planned = plan(desired, await observe(desired, world));
  // one-context holds its lock meanwhile: the engine's restart, which waits for what it is answering, is left
  // to the next run, as the mark that is set for it demands.
  const isLater = occasion === 'configure' && planned.some(({ do: what }) => what === 'hold requests');
  const actions = isLater ? planned.filter((action) => !restartsEngine(action)) : planned;

  for (const remark of remarks) await log.detail(remark);
  if (run !== 'refused' && (occasion === 'boot' || planned.some(concernsEngine))) await teller.loading(facts);
  else if (planned.length > 0) await teller.configuring();
  for (const action of actions) await log.detail(describe(action));
  if (actions.length === 0) log.note('nothing to change');
  await carryOut(actions, world);
  if (isLater) await setMarkFile(paths.lookAgain);
}

function concernsEngine(action: Action): boolean {
  return (action.do === 'start' || action.do === 'restart') && action.unit === units.engine;
}

function restartsEngine(action: Action): boolean {
  if (action.do === 'hold requests' || action.do === 'resume requests') return true;
  return (action.do === 'restart' || action.do === 'forget restart') && action.unit === units.engine;
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
