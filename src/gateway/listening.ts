import type { AddressInfo, Server } from 'node:net';

/** A file descriptor that listens already, or an address; port 0 takes a free one. */
export type ListenAt = { readonly fd: number } | { readonly host: string; readonly port: number };

/**
 * Resolves with the port that `server` listens on.
 *
 * Not Fastify's own `listen`, which would also close the idle connections that drain.ts keeps.
 */
export function listening(server: Server, listen: ListenAt): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.once('listening', () => {
    server.off('error', reject);
    resolve(portOf(server.address()));
  });
  if ('fd' in listen) server.listen({ fd: listen.fd });
  else server.listen(listen.port, listen.host);
  return promise;
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
