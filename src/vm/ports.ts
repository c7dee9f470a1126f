import { createServer } from 'node:net';
import { failure } from '../errors/catalogue.ts';

async function bindable(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.on('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}

/** A port of 127.0.0.1 that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const port = await bindable(0);
  if (port === undefined) throw failure('VM_PORT_TAKEN', { port: 0 });
  return port;
}

/** Throws VM_PORT_TAKEN when somebody listens on `port` of 127.0.0.1. */
export async function requireFreePort(port: number): Promise<void> {
  if ((await bindable(port)) === undefined) throw failure('VM_PORT_TAKEN', { port });
}
