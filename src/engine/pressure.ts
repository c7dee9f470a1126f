/** Per cent of the last ten seconds in which some, or all, tasks waited for memory (`avg10` of a PSI file). */
export interface Stall {
  readonly some: number;
  readonly full: number;
}

/** What is known of memory at one moment. What cannot be read is left out. */
export interface MemoryReading {
  /** The worse of the machine's and the engine's. */
  readonly stall?: Stall;
  /** Processes of the engine that the kernel has killed for memory, ever since its unit started. */
  readonly oomKills?: number;
  /** Bytes of the engine that only ending a process gives back. */
  readonly anonymous?: number;
  /** Bytes that a process could take: free ones, and those of files that can be read again. */
  readonly available?: number;
}

/** How the machine is for memory. Times are milliseconds of any clock that only goes forward. */
export interface Pressure {
  readonly high: boolean;
  /** Since when the readings have said the contrary of `high`. */
  readonly turningSince?: number;
  readonly oomKills?: number;
}

export const noPressure: Pressure = { high: false };

/**
 * Per cent. systemd-oomd kills at 60 % (full) of 30 seconds by default; an idle model is cheaper to give up than a
 * process, so this is much earlier: at 10 % an answer already takes a tenth longer, and an idle machine is at 0.
 */
const highFull = 10;
/** Half of it may come from one process that reads a large file into a full page cache: several must wait. */
const highSome = 40;
/** Far below, so that the state does not swing. */
const calmSome = 5;

/** Milliseconds. The kernel updates its averages every two seconds; three of them in a row are no spike. */
const turnsHighAfter = 6000;
/** A shed model comes back at the earliest after this: loading one causes pressure of its own. */
const turnsCalmAfter = 30_000;

/** What follows from a further reading at `now`. A process killed for memory is pressure at once. Pure. */
export function judge(before: Pressure, { stall, oomKills }: MemoryReading, now: number): Pressure {
  const known = oomKills ?? before.oomKills;
  const counted = known === undefined ? {} : { oomKills: known };
  if (oomKills !== undefined && before.oomKills !== undefined && oomKills > before.oomKills) {
    return { high: true, ...counted };
  }
  const isContrary = before.high ? isCalm(stall) : isHigh(stall);
  if (!isContrary) return { high: before.high, ...counted };
  const turningSince = before.turningSince ?? now;
  const patience = before.high ? turnsCalmAfter : turnsHighAfter;
  if (now - turningSince >= patience) return { high: !before.high, ...counted };
  return { high: before.high, turningSince, ...counted };
}

function isHigh(stall: Stall | undefined): boolean {
  return stall !== undefined && (stall.full >= highFull || stall.some >= highSome);
}

function isCalm(stall: Stall | undefined): boolean {
  return stall === undefined || stall.some < calmSome;
}

/** A model that runs, as far as it matters for giving it up. */
export interface RunningModel {
  readonly id: string;
  /** Whether the server counts as down without it. */
  readonly main: boolean;
  readonly inFlight: number;
  /** When its last request ended, in milliseconds; 0 when there was none. */
  readonly lastUsed: number;
}

/**
 * The model to give up under pressure: the one that has been idle for longest; the main one only where it is the
 * last. Undefined when each has a request in flight, or the main one is busy or has company that is. Pure.
 */
export function modelToShed(running: readonly RunningModel[]): string | undefined {
  const idle = running.filter(({ inFlight }) => inFlight === 0);
  const [oldest] = idle.filter(({ main }) => !main).toSorted((a, b) => a.lastUsed - b.lastUsed);
  if (oldest) return oldest.id;
  return running.length === 1 ? idle[0]?.id : undefined;
}
