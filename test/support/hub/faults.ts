/** What one request meets. Without `at`, faults of bodies are the CDN's and the others the hub's. */
export type HubFault = { readonly at?: 'hub' | 'cdn' } & (
  | {
      readonly kind: 'status';
      readonly status: number;
      /** `Retry-After`, as it stands. */
      readonly retryAfter?: string;
      /** `X-Error-Code`. */
      readonly errorCode?: string;
    }
  /** Closes the connection without a word. */
  | { readonly kind: 'drop' }
  /** Takes the request and says nothing. */
  | { readonly kind: 'hang' }
  /** Redirects there. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Sends so many bytes of the body, then closes the connection. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Sends so many bytes of the body, then nothing more. */
  | { readonly kind: 'stall'; readonly after: number }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Turns over the bits of one byte of the file. */
  | { readonly kind: 'wrong-byte'; readonly position: number }
  /** Announces so many bytes more (or fewer, below 0) than there are. */
  | { readonly kind: 'wrong-length'; readonly by: number }
  /** Announces no length; ends, as if that were all, after so many bytes. */
  | { readonly kind: 'no-length'; readonly after?: number }
  /** Sends the whole file, whatever range was asked for. */
  | { readonly kind: 'ignore-range' }
  /** Sends a range that begins so many bytes later than asked for, and says so. */
  | { readonly kind: 'other-range'; readonly by: number }
  /** Gives no validator that a range could be asked with. */
  | { readonly kind: 'weak-etag' }
  /** Serves other bytes, with a validator of their own; closes the connection after so many of them. */
  | { readonly kind: 'changed'; readonly content: Uint8Array; readonly cutAfter?: number }
  /** Answers with a web page and status 200, as a proxy does that wants a login. */
  | { readonly kind: 'web-page' }
  /** Says that the body is compressed. */
  | { readonly kind: 'compressed' }
);

const hubKinds: readonly HubFault['kind'][] = ['status', 'drop', 'hang', 'redirect', 'web-page'];

/** The faults that are still to come, in the order in which they were given. */
export class FaultQueue {
  readonly #waiting: HubFault[] = [];

  add(fault: HubFault, times: number): void {
    for (let i = 0; i < times; i++) this.#waiting.push(fault);
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** The next fault for a request to `place`. */
  take(place: 'hub' | 'cdn'): HubFault | undefined {
    const index = this.#waiting.findIndex(
      ({ at, kind }) => (at ?? (hubKinds.includes(kind) ? 'hub' : 'cdn')) === place,
    );
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }
}
