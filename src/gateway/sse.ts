/** Characters of one event; the largest that llama-server sends repeats a prompt. */
const longestEvent = 16 * 2 ** 20;

/**
 * Reads a `text/event-stream` (WHATWG HTML, section 9.2) that may be cut anywhere: within a UTF-8 sequence,
 * a line, or a CRLF. Yields the data of each event; comments and the other fields carry nothing here.
 */
export class EventParser {
  readonly #decoder = new TextDecoder();
  #partialLine = '';
  #lastWasCarriageReturn = false;
  #data: string[] = [];
  #dataLength = 0;

  /**
   * The data of every event that `chunk` completes. What the stream's end leaves unfinished is not an event.
   * Throws SyntaxError when an event goes on beyond 16 Mi characters.
   */
  push(chunk: Uint8Array): string[] {
    let text = this.#decoder.decode(chunk, { stream: true });
    if (text === '') return [];
    // A CR ended the last chunk, and its line: a LF at the start of this one belongs to it.
    if (this.#lastWasCarriageReturn && text.startsWith('\n')) text = text.slice(1);
    this.#lastWasCarriageReturn = text.endsWith('\r');
    const [first = '', ...others] = text.split(/\r\n|\n|\r/);
    const lines = [this.#partialLine + first, ...others];
    this.#partialLine = lines.pop() ?? '';
    const events = lines.map((line) => this.#line(line)).filter((data) => data !== undefined);
    if (this.#partialLine.length + this.#dataLength > longestEvent)
      throw new SyntaxError('An event is too long.');
    return events;
  }

  #line(line: string): string | undefined {
    if (line === '') {
      const data = this.#data;
      this.#data = [];
      this.#dataLength = 0;
      return data.length > 0 ? data.join('\n') : undefined;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    if (field !== 'data') return undefined;
    const value = colon < 0 ? '' : line.slice(colon + 1);
    this.#data.push(value.startsWith(' ') ? value.slice(1) : value);
    this.#dataLength += line.length;
    return undefined;
  }
}

/** One event. `data` must not hold line breaks, which JSON text never does. */
export function event(data: string): string {
  return `data: ${data}\n\n`;
}
