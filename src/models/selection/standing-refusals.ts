import type { ErrorCode } from '../../errors/catalogue.ts';
import type { Refusal } from '../store/refusals.ts';

/** For what reason a refusal may have ended. */
export interface Circumstances {
  /** What runs (see `Refusal.engine`). */
  readonly engine: string;
  /** Bytes of the machine's memory. */
  readonly memory: number;
  readonly now: Date;
}

const day = 24 * 3600 * 1000;

/** What the kernel reports differs by a few pages from boot to boot: that is no larger machine. */
const tolerance = 1.03;

const tooBig: ErrorCode = 'MODEL_TOO_BIG';
const unexplained: ErrorCode = 'MODEL_LOAD_FAILED';

/**
 * The refusals whose cause is still there: made by the same engine; for lack of memory, on a machine with as much; for
 * no known reason, less than a day ago. Pure.
 */
export function standingRefusals(
  refusals: readonly Refusal[],
  { engine, memory, now }: Circumstances,
): Refusal[] {
  return refusals.filter((refusal) => {
    if (refusal.engine !== engine) return false;
    if (refusal.code === tooBig) return memory <= (refusal.memory ?? memory) * tolerance;
    return refusal.code !== unexplained || now.getTime() - Date.parse(refusal.at) < day;
  });
}
