/** Letters of a pattern. */
const longest = 200;

/** What the upper bounds of a pattern's repetitions may add up to. */
const mostRepetitions = 128;

/** An escape, a class, or any other one character: what a group's brackets in the first two say is no group. */
const piece = /\\.|\[(?:\\.|[^\]\\])*\]|./gsu;

/** `*`, `+`, `?`, or numbers as in `{2,3}`; the engine reads more as numbers than regular expressions do. */
const repetition = /[*+?]|\{(?:(\d*)(,?)(\d*)\}|)/y;

/** What ends a repetition, where it is no escape. */
const ends = new Set(['*', '+', '?', '}']);

/**
 * Whether a pattern of a JSON schema, made a grammar, leaves the engine little to do for each letter. It follows every
 * way in which the text so far may be read: repetitions in repetitions multiply them until neither time nor memory is
 * left, and the model's process spins for all its clients or dies (llama.cpp v0.5.0, src/llama-grammar.cpp). Pure.
 */
export function isHarmless(pattern: string): boolean {
  if (pattern.length > longest) return false;
  /** Of each group that is open, whether something in it repeats. */
  const open = [false];
  let repetitions = 0;
  for (const { 0: text, index } of pattern.matchAll(piece)) {
    if (text === '(') {
      open.push(false);
      continue;
    }
    const hadRepetition = ends.has(text) || (text === ')' && open.length > 1 && open.pop() === true);
    const times = repetitionsAt(pattern, index + text.length);
    if (times > 0 && hadRepetition) return false;
    repetitions += times;
    if (times > 0 || hadRepetition) open[open.length - 1] = true;
  }
  return repetitions <= mostRepetitions;
}

/** How often what ends at `place` may repeat, where a number says it; 0 where it does not repeat. */
function repetitionsAt(pattern: string, place: number): number {
  repetition.lastIndex = place;
  const [found, least, comma, most = ''] = repetition.exec(pattern) ?? [];
  if (found === undefined) return 0;
  if (found === '{') return Number.POSITIVE_INFINITY;
  return Math.max(1, Number(least ?? 0), comma === ',' ? Number(most) : 0);
}
