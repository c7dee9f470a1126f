import type { Admission } from '../admission/admission.ts';
import type { Wish } from '../admission/wish.ts';
import type { ModelKeeper } from '../keeping/keeper.ts';
import type { EngineTraffic } from '../traffic.ts';
import type { Meter } from './meter.ts';

export interface TurnOptions {
  readonly admission: Admission;
  readonly traffic: EngineTraffic;
  readonly keeper: ModelKeeper;
}

/** A slot of the engine, until it is given back. */
export interface TakenTurn {
  /** Its number; undefined where the engine may choose. */
  readonly slot: number | undefined;
  /** To be called when the engine is done with the request: the next one begins then. @param wasWhole see Turn */
  release(wasWhole: boolean): void;
}

/**
 * Waits for the request's turn with the engine. Throws the fault of a model that is away, of a queue that is full, of
 * an engine that is being restarted; rejects when `signal` aborts.
 */
export async function takeTurn(
  wish: Wish,
  meter: Meter,
  signal: AbortSignal,
  { admission, traffic, keeper }: TurnOptions,
): Promise<TakenTurn> {
  signal.throwIfAborted();
  traffic.requireOpen();
  const absence = keeper.absence(wish.model);
  if (absence) throw absence;
  const turn = admission.join(wish, signal);
  try {
    await turn.begins;
    const leave = traffic.enter(wish.model);
    meter.begin();
    return {
      slot: turn.slot,
      release(wasWhole) {
        leave();
        turn.end(wasWhole);
      },
    };
  } catch (error) {
    turn.end(false);
    throw error;
  }
}
