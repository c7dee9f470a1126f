/** Milliseconds for which an answer is repeated: anyone may ask, at any rate. */
const lifetime = 1000;

interface Remembered<Value> {
  readonly epoch: number;
  readonly askedAt: number;
  readonly answer: Promise<Value>;
}

/**
 * `ask`, but at most once a second for the same key. Keys are kept: they must be few, and never a client's words.
 * @param epoch What was answered in another epoch is forgotten.
 */
export function remembered<Value>(
  ask: (key: string) => Promise<Value>,
  epoch: () => number = () => 0,
): (key: string) => Promise<Value> {
  const answers = new Map<string, Remembered<Value>>();
  return (key) => {
    const now = performance.now();
    const current = epoch();
    const last = answers.get(key);
    if (last?.epoch === current && now - last.askedAt <= lifetime) return last.answer;
    const answer = ask(key);
    answers.set(key, { epoch: current, askedAt: now, answer });
    return answer;
  };
}
