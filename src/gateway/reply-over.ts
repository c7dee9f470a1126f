import type { ServerResponse } from 'node:http';

/**
 * Calls `tell` once, when the answer is over: sent as a whole, or broken off because its connection is. Cheaper than
 * Node's `finished`, which looks at every kind of stream.
 */
export function whenOver(answer: ServerResponse, tell: (isWhole: boolean) => void): void {
  answer.once('close', () => tell(answer.writableFinished));
}
