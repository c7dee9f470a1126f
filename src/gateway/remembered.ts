/** Milliseconds for which an answer is repeated: anyone may ask, at any rate. */
const lifetime = 1000;

/**
 * `ask`, but at most once a second for the same key; the answer for another key is asked for at once.
 * @param epoch What was answered in another epoch is forgotten.
 */
export function remembered<Value>(
  ask: (key: string) => Promise<Value>,
  epoch: () => number = () => 0,
): (key: string) => Promise<Value> {
  let last: { key: string; epoch: number; askedAt: number; answer: Promise<Value> } | undefined;
  return (key) => {
    const now = performance.now();
    const current = epoch();
    const isFresh = last?.key === key && last.epoch === current && now - last.askedAt <= lifetime;
    if (!last || !isFresh) last = { key, epoch: current, askedAt: now, answer: ask(key) };
    return last.answer;
  };
}
