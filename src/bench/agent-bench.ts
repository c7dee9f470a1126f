import { copyFile, readFile } from 'node:fs/promises';
import { ScriptFailure } from '../cli/run-script.ts';
import { units } from '../machine/paths.ts';
import { commandOf } from './appliance.ts';
import { changedBetween, takeCalls, written } from './changes.ts';
import { type Resident, residents } from './memory.ts';
import type { Cost, PrivateMachine } from './private-machine.ts';
import type { Series } from './table.ts';

const node = '/usr/lib/onepilot/node';

/** What may stay after boot: nothing of the agent. */
const staying = ['gateway', 'llama-server, model', 'llama-server, router'];

/** What runs beside the agent, in turn with it, so that its cost can be told from the machine's speed. */
const comparisons: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'an empty Node start', command: [node, '-e', '0'] },
  { name: 'systemctl --version', command: ['/usr/bin/systemctl', '--version'] },
];

export interface AgentCost {
  readonly firstBoot: Cost;
  /** The agent's first. */
  readonly series: readonly Series[];
  /** Calls of systemctl by a run of the agent. */
  readonly calls: number;
  readonly memory: readonly Resident[];
}

/**
 * Lets the agent boot `machine`, then run again and again with nothing to do.
 * @throws ScriptFailure when it is not ready, when it did anything after all, or when something of it stays
 */
export async function measureAgent(machine: PrivateMachine, runs: number): Promise<AgentCost> {
  const firstBoot = await machine.time(await commandOf(units.agent));
  if (firstBoot.exitStatus !== 0) throw await agentFailed(machine, 'boot');
  await takeCalls(machine);

  const reconcile = await commandOf(units.reconcile);
  const before = await written(machine);
  const own: Cost[] = [];
  const others = comparisons.map(({ name, command }) => ({ name, command, costs: [] as Cost[] }));
  for (let run = 0; run < runs; run += 1) {
    const cost = await machine.time(reconcile);
    if (cost.exitStatus !== 0) throw await agentFailed(machine, 'reconcile');
    own.push(cost);
    for (const { command, costs } of others) {
      const other = await machine.time(command);
      if (other.exitStatus === 0) costs.push(other);
    }
  }
  const calls = await takeCalls(machine);
  const changed = [
    ...changedBetween(before, await written(machine)),
    ...calls.filter((call) => !call.startsWith('show ')).map((call) => `systemctl ${call}`),
  ];
  if (changed.length > 0) {
    throw new ScriptFailure(`On an unchanged machine the agent did something:\n  ${changed.join('\n  ')}`);
  }
  return {
    firstBoot,
    series: [{ name: 'agent reconcile', costs: own }, ...others.filter(({ costs }) => costs.length > 0)],
    calls: calls.length / runs,
    memory: await whatStays(machine),
  };
}

/** Writes a CPU profile of one more run of the agent to `file`. */
export async function profileAgent(machine: PrivateMachine, file: string): Promise<void> {
  const place = '/run/bench/reconcile.cpuprofile';
  const profiling = ['--cpu-prof', '--cpu-prof-interval=100', `--cpu-prof-name=${place}`];
  const command = (await commandOf(units.reconcile)).flatMap((word) =>
    word === node ? [word, ...profiling] : [word],
  );
  const { exitStatus } = await machine.time(command);
  if (exitStatus !== 0) throw await agentFailed(machine, 'reconcile');
  await copyFile(machine.path(place), file);
}

async function whatStays(machine: PrivateMachine): Promise<Resident[]> {
  const memory = (await residents(machine)).sort((a, b) => a.name.localeCompare(b.name));
  const names = memory.map(({ name }) => name);
  if (names.join('\n') !== staying.join('\n')) {
    throw new ScriptFailure(`Other processes stay than ${staying.join('; ')}:\n  ${names.join('\n  ')}`);
  }
  return memory;
}

async function agentFailed(machine: PrivateMachine, verb: string): Promise<ScriptFailure> {
  const output = await readFile(machine.path('/run/bench/output'), 'utf8').catch(() => '');
  return new ScriptFailure(
    `The agent failed («${verb}»):\n${output.trim().split('\n').slice(-20).join('\n')}`,
  );
}
