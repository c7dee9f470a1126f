import type { Shell } from '../../builder/shell.ts';
import type { Contestant } from './contestants.ts';
import { residentBytes } from './processes.ts';
import { burst } from './requests-per-second.ts';
import type { Point } from './samples.ts';

export interface GrowthSetup {
  readonly contestants: readonly Contestant[];
  /** Of each, before its memory counts. */
  readonly requests: number;
  /** Bursts after that, for the gateway's growth. */
  readonly soak: number;
  /** Of a burst of each kind of request. */
  readonly seconds: number;
  readonly shell: Shell;
  readonly said: (text: string) => void;
}

export interface Growth {
  /** Bytes after `requests`. */
  readonly resident: Readonly<Record<string, number>>;
  /** Requests so far, bytes, after each burst of the soak; the gateway's. */
  readonly soak: readonly Point[];
}

/** How much memory each has after many requests, and how the first one's goes on. */
export async function measureGrowth(setup: GrowthSetup): Promise<Growth> {
  const { contestants, requests, seconds, shell, said } = setup;
  const resident: [string, number][] = [];
  for (const contestant of contestants) {
    for (let done = 0; done < requests; ) {
      said(`${contestant.name}, ${done} of ${requests} requests`);
      done += await burst(contestant, seconds, shell);
    }
    resident.push([contestant.name, await residentBytes(contestant.pid)]);
  }
  return { resident: Object.fromEntries(resident), soak: await soakOf(setup) };
}

async function soakOf({ contestants: [first], soak, seconds, shell, said }: GrowthSetup): Promise<Point[]> {
  const points: Point[] = [];
  if (!first) return points;
  let requests = 0;
  for (let index = 0; index < soak; index += 1) {
    said(`soak, ${index + 1} of ${soak}`);
    requests += await burst(first, seconds, shell);
    points.push([requests, await residentBytes(first.pid)]);
  }
  return points;
}
