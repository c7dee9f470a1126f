import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { inTurn } from '../../machine/turn.ts';
import { type RemoteSource, sourceText } from '../source.ts';
import { sourceKey } from './places.ts';

/** Milliseconds between attempts. */
const tryEvery = 200;

export interface Waiting {
  /** Milliseconds to wait for another process; 0 to give up at once. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when another process is at work on the same file. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Does `work` while nobody else on this machine fetches or removes the same source in this store (src/machine/turn.ts
 * says how: the lock ends with its holder, so none is left behind).
 * @throws MODEL_FETCH_BUSY after `patience`, what `signal` says when it is aborted
 */
export async function inSourceTurn<Result>(
  store: string,
  source: RemoteSource,
  { patience, signal, onWait }: Waiting,
  work: () => Promise<Result>,
): Promise<Result> {
  const place = createHash('sha256')
    .update(await realpath(store))
    .digest('hex')
    .slice(0, 16);
  const end = performance.now() + patience;
  let refused: OnePilotError | undefined;
  const busy = (): OnePilotError => {
    refused = failure('MODEL_FETCH_BUSY', {
      source: sourceText(source),
      seconds: Math.round(patience / 1000),
    });
    return refused;
  };
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await inTurn(`model:${place}:${sourceKey(source)}`, 0, busy, work);
    } catch (error) {
      // Waiting happens here and not in inTurn, which cannot be interrupted.
      if (refused === undefined || error !== refused || performance.now() >= end) throw error;
    }
    if (attempt === 0) onWait?.();
    await sleep(tryEvery, undefined, signal ? { signal } : {});
  }
}
