/** What a file's JSON text says, for a schema to judge; undefined when there is no file or it is no JSON. */
export function jsonOrUndefined(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
