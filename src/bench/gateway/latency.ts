import type { LoadGenerator } from './load-generator.ts';
import type { Load, Target } from './load-job.ts';
import { completionPath, oneToken } from './requests.ts';
import { type LatencyRound, latencyOf } from './samples.ts';

/** Whoever is measured, by name; `bare` is the engine itself, in the clear. */
export type Targets = Readonly<Record<string, Target>>;

export interface LatencySetup {
  readonly targets: Targets;
  readonly load: LoadGenerator;
  /** Of each, in a round. */
  readonly requests: number;
  readonly rounds: number;
  readonly said: (text: string) => void;
}

/** One request after the other, each contestant in its turn. */
export async function measureSequential(setup: LatencySetup): Promise<LatencyRound[]> {
  return rounds(setup, async (names) => {
    const targets = names.flatMap((name) => setup.targets[name] ?? []);
    const loads = await setup.load.run({
      ...job,
      targets,
      connections: 1,
      requests: setup.requests,
      warmUp: 10,
    });
    return names.map((name, index): [string, Load | undefined] => [name, loads[index]]);
  });
}

/** So many at the same time, all to one contestant, then all to the next one. */
export async function measureConcurrent(setup: LatencySetup, connections: number): Promise<LatencyRound[]> {
  return rounds(setup, async (names) => {
    const loads: [string, Load | undefined][] = [];
    for (const name of names) {
      const targets = [setup.targets[name] ?? []].flat();
      const { requests } = setup;
      const [load] = await setup.load.run({
        ...job,
        targets,
        connections,
        requests,
        warmUp: connections * 4,
      });
      loads.push([name, load]);
    }
    return loads;
  });
}

const job = { path: completionPath, body: oneToken, tokens: 1 };

async function rounds(
  { targets, rounds: count, said }: LatencySetup,
  measure: (names: readonly string[]) => Promise<[string, Load | undefined][]>,
): Promise<LatencyRound[]> {
  const results: LatencyRound[] = [];
  for (let round = 0; round < count; round += 1) {
    said(`round ${round + 1} of ${count}`);
    const loads = await measure(rotated(Object.keys(targets), round));
    results.push(Object.fromEntries(loads.map(([name, load]) => [name, latencyOf(load?.latencies ?? [])])));
  }
  return results;
}

/** `names` beginning with another one each round: none is always the first after a change. Pure. */
export function rotated(names: readonly string[], round: number): string[] {
  const start = round % names.length;
  return [...names.slice(start), ...names.slice(0, start)];
}
