import type { Shell } from '../../builder/shell.ts';
import { type Disturbed, watchingOthers } from '../engine/others.ts';
import type { Contestant } from './contestants.ts';
import { connections, type FakeEngine } from './engines.ts';
import { rotated } from './latency.ts';
import { completionPath, modelsPath, oneToken } from './requests.ts';
import type { Round } from './samples.ts';
import { askSmall, type Rate } from './small-requests.ts';

/** One-token completions, and lists of models, which a gateway answers by itself and a proxy has answered. */
export const works = { completions: oneToken, models: undefined } as const;
export type Work = keyof typeof works;

export interface RateSetup {
  readonly engine: FakeEngine;
  readonly contestants: readonly Contestant[];
  /** Of wrk, for each contestant and work of a round. */
  readonly seconds: number;
  readonly rounds: number;
  readonly shell: Shell;
  readonly said: (text: string) => void;
}

/** What came of a round: requests a second, and microseconds of processor time a request. */
export interface RateRound extends Disturbed {
  readonly rates: Round;
  readonly processor: Round;
}

/** All requests to one contestant, then all to the next one. The engine itself, in the clear, is `bare`. */
export async function measureRates(work: Work, setup: RateSetup): Promise<RateRound[]> {
  const { engine, contestants, rounds, said } = setup;
  const pids = new Map(contestants.map(({ name, pid }): [string, number] => [name, pid]));
  const urls = new Map(contestants.map(({ name, target }): [string, string] => [name, baseOf(target.port)]));
  const keys = new Map(contestants.map(({ name, target }): [string, string] => [name, target.key]));
  const names = ['bare', ...urls.keys()];
  const results: RateRound[] = [];
  for (let round = 0; round < rounds; round += 1) {
    said(`${work}, round ${round + 1} of ${rounds}`);
    const { result: measured, others } = await watchingOthers(async () => {
      const each: [string, Rate][] = [];
      for (const name of rotated(names, round)) {
        const base = urls.get(name) ?? `http://127.0.0.1:${engine.port}`;
        const place = { base, key: keys.get(name) ?? '', pid: pids.get(name) ?? engine.pid };
        each.push([name, await ask(work, place, setup)]);
      }
      return each;
    });
    results.push({
      others,
      rates: Object.fromEntries(measured.map(([name, { perSecond }]) => [name, perSecond])),
      processor: Object.fromEntries(measured.map(([name, { processor }]) => [name, processor])),
    });
  }
  return results;
}

/** Both works for a while. @returns how many requests that was */
export async function burst(contestant: Contestant, seconds: number, shell: Shell): Promise<number> {
  const { target, pid } = contestant;
  const place = { base: baseOf(target.port), key: target.key, pid };
  let requests = 0;
  for (const work of ['completions', 'models'] as const) {
    requests += (await ask(work, place, { seconds, shell })).requests;
  }
  return requests;
}

interface Place {
  readonly base: string;
  readonly key: string;
  readonly pid: number;
}

function ask(
  work: Work,
  { base, key, pid }: Place,
  { seconds, shell }: Pick<RateSetup, 'seconds' | 'shell'>,
) {
  const body = works[work];
  const url = `${base}${body === undefined ? modelsPath : completionPath}`;
  return askSmall({ url, key, connections, seconds, pid, ...(body !== undefined && { body }) }, shell);
}

function baseOf(port: number): string {
  return `https://127.0.0.1:${port}`;
}
