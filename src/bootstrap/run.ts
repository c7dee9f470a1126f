import { setTimeout as sleep } from 'node:timers/promises';
import { fingerprint, wantedSubjects } from '../certificates/decide.ts';
import { parseSettings } from '../context/parse.ts';
import { type Context, readContext } from '../context/read.ts';
import { contextSizeProblems, planEngine } from '../engine/preset.ts';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { Machine } from '../machine/observe.ts';
import type { Paths } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import type { InterfaceSettings } from '../network/interfaces.ts';
import { type Outcome, outcomeLine } from '../report/console.ts';
import type { Log } from '../report/log.ts';
import { publishStep, type Step, type StepState } from '../report/progress.ts';
import { endpoints, keyHint, type ReportFacts, renderReport } from '../report/report.ts';
import { converge } from './apply.ts';
import {
  listFiles,
  readCurrent,
  readGatewayGroup,
  readImageFacts,
  settleCertificates,
  settleKey,
} from './current.ts';
import { readText, writeWhole } from './files.ts';
import { type Action, type Desired, describe } from './plan.ts';
import { type Health, waitUntilReady } from './readiness.ts';
import { hasExpectedAddresses, missingNics, wantedMachine } from './wanted-machine.ts';
import { chooseRun, type Service, wantedService } from './wanted-service.ts';

/** Everything the agent has to do with the world. Times in milliseconds. */
export interface World {
  readonly paths: Paths;
  readonly system: System;
  readonly log: Log;
  readonly observe: () => Promise<Machine>;
  readonly askHealth: (authority: string) => Promise<Health>;
  /** Tells systemd that network, host name and SSH keys are in place. */
  readonly machineReady: () => void;
  readonly now: () => Date;
  /** Called before each change; tests stop a run here. */
  readonly before: (action: Action) => void;
  readonly patience: { readonly disk: number; readonly address: number; readonly service: number };
}

/**
 * Makes the machine what its context says, starts the service, waits for it and reports. Never throws: what
 * goes wrong is in the report, in the message of the day and on the consoles.
 */
export async function runAgent(world: World): Promise<Outcome> {
  const { log } = world;
  let step: Step = 'configure';
  const progress: { facts?: ReportFacts } = {};
  const enter = async (next: Step) => {
    step = next;
    log.enter(next);
    await publish(world, next, 'started');
  };
  try {
    await enter('configure');
    await log.progress('booting');
    const configured = await configure(world, await setUpMachine(world));
    progress.facts = configured.facts;
    if (configured.run === 'refused') return await finish(world, step, configured.facts, refusal(configured));

    await publish(world, 'configure', 'success');
    await enter('bootstrap');
    await log.progress('starting the engine');
    await carryOut(world, configured.desired);
    await waitUntilReady(() => world.askHealth(configured.authority), world.system, world.patience.service);
    if (configured.facts.errors.length > 0) {
      return await finish(world, 'configure', configured.facts, refusal(configured));
    }
    const [url] = endpoints(configured.facts.addresses);
    return await finish(world, step, configured.facts, { state: 'ready', url });
  } catch (cause) {
    return finish(world, step, progress.facts, failed(cause), cause);
  }
}

interface MachineSetUp {
  readonly context: Context;
  readonly errors: readonly ContextProblem[];
  readonly warnings: readonly ContextProblem[];
  readonly interfaces: readonly InterfaceSettings[];
}

/** First phase: network, host name, SSH keys. Whatever fails here, SSH must get its chance. */
async function setUpMachine(world: World): Promise<MachineSetUp> {
  const { paths, system, log, patience } = world;
  try {
    const context = await readContext(paths, system, patience.disk);
    await log.progress(`context: ${context.source ?? 'none'}`);
    const wanted = wantedMachine(
      context,
      {
        hosts: (await readText(paths.hosts)) ?? '127.0.0.1 localhost\n',
        networkFiles: await listFiles(paths.networkFiles),
      },
      paths,
    );
    await carryOut(world, wanted.desired);
    return {
      context,
      errors: wanted.errors,
      warnings: [...context.warnings, ...wanted.warnings],
      interfaces: wanted.interfaces,
    };
  } finally {
    world.machineReady();
  }
}

interface Configured {
  readonly run: Service['run'];
  readonly desired: Desired;
  readonly authority: string;
  readonly facts: ReportFacts;
}

/**
 * Second phase: decides what is served. Where the context is refused the gateway is started at once, to say
 * so; else the caller starts everything.
 */
async function configure(world: World, setUp: MachineSetUp): Promise<Configured> {
  const { paths, log, now } = world;
  const { context } = setUp;
  const image = await readImageFacts(paths.imageFacts);
  const machine = await waitForAddresses(world, setUp.interfaces);

  // Of half a context nobody knows what the other half would have said: a password, for example.
  const parsed = parseSettings(context.complete ? context.values : new Map());
  const asked = parsed.given.has('contextSize') ? parsed.settings.contextSize : undefined;
  const errors = [...setUp.errors, ...parsed.errors, ...contextSizeProblems(asked, image.models)];
  // Drivers may load late: only now is an interface that is not there a missing one.
  const missing = missingNics(setUp.interfaces, machine.nics);
  const warnings = [...setUp.warnings, ...missing, ...parsed.warnings];
  for (const { code, what } of [...errors, ...warnings]) await log.detail(`${code}: ${what}`);

  const current = await readCurrent(paths);
  const subjects = wantedSubjects(machine.hostname, machine.addresses);
  const certificates = await settleCertificates(current, subjects, now());
  for (const reason of certificates.made) await log.detail(`a certificate is made; ${reason}`);

  const engine = planEngine(image.models, parsed.settings, machine, paths.models);
  const run = chooseRun({ complete: context.complete, errors }, current, image);
  const key = run === 'configured' ? await settleKey(parsed.settings.apiPassword, current) : undefined;
  const service: Service =
    key !== undefined
      ? { run: 'configured', engine, key }
      : run === 'kept'
        ? { run }
        : { run: 'refused', problems: errors };
  const desired = wantedService(service, certificates, await readGatewayGroup(paths.groups), paths);

  const generated = key ? key.generated !== undefined : current.apiKey !== undefined;
  const models = service.run === 'configured' ? engine.models : (current.gateway?.models ?? []);
  const facts: ReportFacts = {
    image,
    outcome: 'starting',
    addresses: machine.addresses,
    models: service.run === 'refused' ? [] : models,
    key: service.run === 'refused' ? undefined : generated ? 'generated' : 'chosen',
    keyPath: paths.apiKey,
    authorityPath: paths.authorityCertificate,
    fingerprint: fingerprint(certificates.authority.certificate),
    contextSource: context.source,
    errors,
    warnings,
  };
  if (service.run === 'refused') await carryOut(world, desired);
  return { run: service.run, desired, authority: certificates.authority.certificate, facts };
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

async function carryOut(world: World, desired: Desired): Promise<void> {
  const { paths, system, log, before } = world;
  const actions = await converge(desired, { paths, system, before });
  for (const action of actions) await log.detail(describe(action));
  if (actions.length === 0) await log.detail('nothing to change');
}

function refusal({ run, facts }: Configured): Outcome {
  const what = facts.errors.map((problem) => problem.what).join(' ');
  return { state: run === 'kept' ? 'degraded' : 'failed', reason: what };
}

function failed(cause: unknown): Outcome {
  const error =
    cause instanceof OnePilotError
      ? cause
      : failure('AGENT_FAILED', { reason: cause instanceof Error ? cause.message : String(cause) });
  return { state: 'failed', reason: `${error.message} ${error.fix}` };
}

/** A full disk must not keep network and service from coming up: that nobody can be told is no reason to stop. */
async function publish(
  { paths, log }: World,
  step: Step,
  state: StepState,
  details?: readonly string[],
): Promise<void> {
  try {
    await publishStep(paths, step, state, details);
  } catch (error) {
    await log.detail(`the status could not be written: ${error instanceof Error ? error.message : error}`);
  }
}

/** Tells everybody how it ended. The console's last line is the outcome. */
async function finish(
  world: World,
  step: Step,
  facts: ReportFacts | undefined,
  outcome: Outcome,
  cause?: unknown,
): Promise<Outcome> {
  const { paths, log } = world;
  const line = outcomeLine(outcome);
  if (cause instanceof Error && !(cause instanceof OnePilotError)) await log.detail(cause.stack ?? line);
  const details = [line, ...(facts ? summary(facts) : [])];
  try {
    if (facts) {
      const content = renderReport({ ...facts, outcome: line.replace(/^OnePilot: /, '') });
      if ((await readText(paths.report)) !== content) {
        await writeWhole({ path: paths.report, content, mode: 0o600, uid: 0, gid: 0, readBy: [] });
      }
    }
  } catch (error) {
    await log.detail(`the report could not be written: ${error instanceof Error ? error.message : error}`);
  }
  await publish(world, step, outcome.state === 'ready' ? 'success' : 'failure', details);
  await log.detail(line);
  await log.announce([...(facts ? summary(facts) : []), line]);
  return outcome;
}

/** What somebody at the console needs to go on; no secret. */
function summary(facts: ReportFacts): string[] {
  const [url] = endpoints(facts.addresses);
  return [
    ...facts.warnings.map(({ what }) => `warning: ${what}`),
    ...facts.errors.flatMap(({ what, fix }) => [`error: ${what}`, `  ${fix}`]),
    ...(facts.key ? [`API key: ${keyHint(facts)}`] : []),
    `CA certificate: ${url}ca.crt`,
    ...(facts.fingerprint ? [`CA SHA-256: ${facts.fingerprint}`] : []),
  ];
}
