import { createServer, request } from 'node:http';
import { join } from 'node:path';
import type { Engine } from '../../engine/support/llama-server.ts';

/** A way to a real engine that can hold questions back, as a long prompt does. */
export interface HeldEngine {
  readonly socket: string;
  /** Questions that arrive from here on wait. */
  hold(): void;
  /** Those that wait go on, and later ones do not wait. */
  release(): void;
  /** How many questions wait. */
  readonly waiting: number;
  close(): Promise<void>;
}

/** Everything but chats passes at once. */
export async function holdable(engine: Engine): Promise<HeldEngine> {
  const socket = join(engine.directory, 'held.sock');
  let gate: PromiseWithResolvers<void> | undefined;
  let waiting = 0;
  const server = createServer(async (incoming, outgoing) => {
    if (gate && incoming.url?.startsWith('/v1/chat/completions')) {
      waiting += 1;
      await gate.promise;
      waiting -= 1;
    }
    const { url, method, headers } = incoming;
    const onward = request(
      { socketPath: engine.socketPath, path: url, method, headers, agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.once('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const release = () => {
    gate?.resolve();
    gate = undefined;
  };
  return {
    socket,
    hold() {
      gate ??= Promise.withResolvers<void>();
    },
    release,
    get waiting() {
      return waiting;
    },
    async close() {
      release();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
