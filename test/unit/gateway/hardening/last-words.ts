/** The last thing said in a stream of events or of lines, parsed; `[DONE]` stays as it is. */
export function lastWords(text: string): unknown {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  const json = line.replace(/^data: /, '');
  return json === '[DONE]' ? json : JSON.parse(json);
}
