/** Bytes that V8 takes for a value beyond its text: an empty object 56, an array 48, its place in another one 8. */
const bytesOfValue = 48;

/**
 * How many values the JSON text has, nearly: brackets, braces, commas and colons outside of strings. Text of two or
 * three letters may be a value, so that short texts become large objects.
 */
export function valuesIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '[' || letter === '{' || letter === ',' || letter === ':') count += 1;
    else if (letter === '"') at = endOfString(text, at);
  }
  return count;
}

/** Bytes of memory that a JSON text of so many bytes and values takes, nearly, once it is parsed. */
export function bodyWeight(bytes: number, values: number): number {
  return bytes + values * bytesOfValue;
}

/** Where the string ends that begins at `start`; the text's end where it does not. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** Whether an odd number of backslashes is before `at`. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}
