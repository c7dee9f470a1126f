import { type IncomingMessage, request } from 'node:http';
import { Trouble, troubleHeader } from '../../egress/trouble.ts';

/** What upstreams are asked: all that the egress lets through. */
export type UpstreamPath = '/v1/chat/completions' | '/v1/embeddings';

/** What came from the egress; `trouble` where it is no answer of the upstream. */
export interface EgressAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly trouble: Trouble | undefined;
  /** Must be read to its end or be destroyed. */
  readonly body: IncomingMessage;
}

/**
 * Sends `json` to `upstream` through the egress at `socket` and waits for the status line; the egress limits how long.
 * Aborting `signal` closes the connection at once, and with it the upstream's.
 * Rejects when the egress does not answer.
 */
export function askEgress(
  socket: string,
  upstream: string,
  path: UpstreamPath,
  json: Buffer,
  signal: AbortSignal,
): Promise<EgressAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<EgressAnswer>();
  const outgoing = request({
    socketPath: socket,
    agent: false,
    method: 'POST',
    path: `/${upstream}${path}`,
    signal,
    headers: { 'content-type': 'application/json', 'content-length': json.length },
  });
  outgoing.once('response', (response) => {
    resolve({
      status: response.statusCode ?? 0,
      retryAfter: response.headers['retry-after'],
      trouble: Trouble.safeParse(response.headers[troubleHeader]).data,
      body: response,
    });
  });
  // Not `once`: an error may follow the answer, and nobody else listens.
  outgoing.on('error', reject);
  outgoing.end(json);
  return promise;
}
