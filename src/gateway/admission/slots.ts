/** A slot of a model, as far as the gateway knows: nobody else gives work to the engine. */
interface Slot {
  /** The conversation that it was last given to. */
  session: string | undefined;
  busy: boolean;
  /** Which of all turns was its last; 0 for none. */
  lastTurn: number;
}

/**
 * Gives each conversation the slot that it had, so that it finds its cache; a new one gets the slot that was left alone
 * for longest. Left to itself, the engine puts two new conversations with the same instructions into one slot, where
 * they overwrite each other while the other slot is empty (docs/architecture.md).
 */
export class Slots {
  readonly #models = new Map<string, Slot[]>();
  #turns = 0;

  /**
   * The number of the slot that `session` is to have; undefined where all are taken, as far as is known.
   * @param count Slots of the model.
   */
  take(model: string, count: number, session: string): number | undefined {
    const slots = this.#slotsOf(model, count);
    const free = slots.filter(({ busy }) => !busy);
    const own = free.find((slot) => slot.session === session);
    const chosen = own ?? free.toSorted((a, b) => a.lastTurn - b.lastTurn)[0];
    if (!chosen) return undefined;
    this.#turns += 1;
    Object.assign(chosen, { session, busy: true, lastTurn: this.#turns });
    return slots.indexOf(chosen);
  }

  /** The turn of this slot is over. */
  give(model: string, number: number): void {
    const slot = this.#models.get(model)?.[number];
    if (slot) slot.busy = false;
  }

  #slotsOf(model: string, count: number): Slot[] {
    const slots = this.#models.get(model) ?? [];
    while (slots.length < count) slots.push({ session: undefined, busy: false, lastTurn: 0 });
    this.#models.set(model, slots);
    return slots.slice(0, count);
  }
}
