import { type Machine, observeMachine } from '../machine/observe.ts';
import { pathsUnder } from '../machine/paths.ts';
import { type System, thisSystem } from '../machine/system.ts';
import { parseOneGate } from '../onegate/settings.ts';
import type { Inspection } from '../report/plan-text.ts';
import { observe } from './apply.ts';
import { decideService } from './decide-service.ts';
import { readMachineIntent } from './machine-intent.ts';
import { plan } from './plan.ts';

/**
 * What a run of the agent would do now; nothing is changed. What would follow only from a change of the network
 * (a certificate for a new address) is not foreseen.
 * @param root Where the appliance's files are.
 */
export async function inspectMachine(
  root: string,
  system: System = thisSystem,
  machine?: Machine,
): Promise<Inspection> {
  const paths = pathsUnder(root);
  const observedMachine = machine ?? (await observeMachine(paths.interfaces));
  const now = () => new Date();
  const intent = await readMachineIntent({ paths, system, now }, observedMachine.hardware, 0);
  const decision = await decideService({ paths, now }, intent, observedMachine);
  const ofMachine = await observe(intent.wanted.desired, { paths, system });
  const ofService = await observe(decision.desired, { paths, system });
  const oneGate = parseOneGate(intent.context.values, intent.context.token);
  return {
    actions: [...plan(intent.wanted.desired, ofMachine), ...plan(decision.desired, ofService)],
    observed: {
      files: new Map([...ofMachine.files, ...ofService.files]),
      directories: new Map([...ofMachine.directories, ...ofService.directories]),
      hostname: ofMachine.hostname,
    },
    errors: decision.facts.errors,
    warnings: [...decision.facts.warnings, ...oneGate.warnings],
    contextSource: intent.context.source,
  };
}
