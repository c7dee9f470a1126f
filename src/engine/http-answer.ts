/** Bytes of status line and headers, and of a line that gives a chunk's length; llama-server's are some hundred. */
const longestHead = 16_384;
const longestLine = 1024;

const endOfHead = '\r\n\r\n';

/** What is not as RFC 9112 has it, or longer than is read. */
export class BadAnswer extends Error {}

type Framing =
  | { readonly kind: 'length'; left: number }
  /** `left`: bytes of the chunk that is being read; undefined between chunks. */
  | { readonly kind: 'chunked'; left: number | undefined }
  /** To the end of the connection. */
  | { readonly kind: 'rest' };

/**
 * Reads one HTTP/1.1 answer (RFC 9112), cut anywhere, as far as the gateway needs it: status and body. Pure. Node's own
 * client takes a third of the processor time of a small request for what nobody here asks for: pools, header objects,
 * streams (docs/architecture.md has figures).
 */
export class HttpAnswer {
  /** What has come and could not be read yet: a part of the head, of a chunk's length. */
  #rest: Buffer = Buffer.alloc(0);
  #framing: Framing | undefined;
  #isComplete = false;
  /** Undefined until the head has been read. */
  status: number | undefined;

  /** Whether nothing of the answer is to come. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * What `bytes` hold of the body, in a buffer of its own; empty when nothing. Throws BadAnswer.
   * @param bytes May be used for something else afterwards.
   */
  push(bytes: Buffer): Buffer {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    this.#rest = Buffer.alloc(0);
    const start = this.#framing ? 0 : this.#readHead(all);
    return this.#framing && !this.#isComplete ? this.#readBody(all, start, this.#framing) : Buffer.alloc(0);
  }

  /** The connection has ended. Throws BadAnswer when something is missing. */
  end(): void {
    if (this.#framing?.kind === 'rest') this.#isComplete = true;
    if (!this.#isComplete) throw new BadAnswer('the answer is not whole');
  }

  /** @returns where the body begins */
  #readHead(all: Buffer): number {
    const end = all.indexOf(endOfHead);
    if (end < 0) {
      if (all.length > longestHead) throw new BadAnswer('the head is too long');
      this.#rest = Buffer.from(all);
      return all.length;
    }
    const head = all.toString('latin1', 0, end);
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head)?.[1]);
    if (!(status >= 100)) throw new BadAnswer('the status line cannot be read');
    const start = end + endOfHead.length;
    // Something may be said before the answer itself (RFC 9110, section 15.2).
    if (status < 200) return this.#readHead(all.subarray(start)) + start;
    this.status = status;
    this.#framing = framingOf(head);
    this.#isComplete = this.#framing.kind === 'length' && this.#framing.left === 0;
    return start;
  }

  #readBody(all: Buffer, start: number, framing: Framing): Buffer {
    switch (framing.kind) {
      case 'rest':
        return Buffer.from(all.subarray(start));
      case 'length': {
        const body = Buffer.from(all.subarray(start, start + framing.left));
        framing.left -= body.length;
        this.#isComplete = framing.left === 0;
        return body;
      }
      case 'chunked':
        return this.#readChunks(all, start, framing);
    }
  }

  /** What is in the chunks of `all`, moved together. */
  #readChunks(all: Buffer, start: number, framing: Framing & { kind: 'chunked' }): Buffer {
    const body = Buffer.allocUnsafe(all.length - start);
    let length = 0;
    let at = start;
    while (at < all.length) {
      if (framing.left === undefined) {
        const next = this.#readLength(all, at);
        if (next === undefined) break;
        [framing.left, at] = next;
        if (framing.left === 0) {
          // Trailers may follow; nobody wants them, and the connection is not used again.
          this.#isComplete = true;
          break;
        }
      }
      const end = Math.min(all.length, at + framing.left);
      length += all.copy(body, length, at, end);
      framing.left -= end - at;
      at = end;
      if (framing.left === 0) framing.left = undefined;
    }
    return body.subarray(0, length);
  }

  /** @returns length of the chunk and where its bytes begin; undefined, and kept, when its line is not whole */
  #readLength(all: Buffer, start: number): [number, number] | undefined {
    // A chunk ends with a line break of its own, which belongs to the next one's line here.
    const at = all[start] === 0x0d && all[start + 1] === 0x0a ? start + 2 : start;
    const end = all.indexOf('\r\n', at);
    if (end < 0) {
      if (all.length - start > longestLine) throw new BadAnswer('the line of a chunk is too long');
      this.#rest = Buffer.from(all.subarray(start));
      return undefined;
    }
    const length = /^[0-9a-f]{1,8}(?=[ \t;]|$)/i.exec(all.toString('latin1', at, end))?.[0];
    if (length === undefined) throw new BadAnswer('the length of a chunk cannot be read');
    return [Number.parseInt(length, 16), end + 2];
  }
}

function framingOf(head: string): Framing {
  if (/\r\ntransfer-encoding:[ \t]*chunked/i.test(head)) return { kind: 'chunked', left: undefined };
  const length = /\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?:\r|$)/i.exec(head)?.[1];
  return length === undefined ? { kind: 'rest' } : { kind: 'length', left: Number(length) };
}
