import { type Agent, request } from 'node:https';
import type { Answer } from './llama-server.ts';

export interface Asked {
  readonly port: number;
  readonly path: string;
  readonly key: string;
  /** Knows whom to trust. */
  readonly agent: Agent;
  readonly body: object;
  readonly signal?: AbortSignal | undefined;
}

/** POSTs `body` to a gateway of this machine, and waits for the whole answer. */
export function askOver({ port, path, key, agent, body, signal }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const outgoing = request(
      {
        host: 'localhost',
        family: 4,
        port,
        path,
        method: 'POST',
        headers,
        agent,
        ...(signal && { signal }),
      },
      async (response) => {
        try {
          let text = '';
          for await (const chunk of response.setEncoding('utf8')) text += chunk;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        } catch (error) {
          reject(error);
        }
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}
