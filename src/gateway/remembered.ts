/** Milliseconds for which an answer is repeated: anyone may ask, at any rate. */
const lifetime = 1000;

/** `ask`, but at most once a second for the same key; the answer for another key is asked for at once. */
export function remembered<Value>(ask: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  let last: { readonly key: string; readonly askedAt: number; readonly answer: Promise<Value> } | undefined;
  return (key) => {
    const now = performance.now();
    if (last?.key !== key || now - last.askedAt > lifetime) last = { key, askedAt: now, answer: ask(key) };
    return last.answer;
  };
}
