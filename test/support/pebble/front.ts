import type { Server } from 'node:http';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import { ServedCertificates } from '../../../src/gateway/certificates/served-certificates.ts';
import { httpChallenge } from '../../../src/gateway/challenges/http-01.ts';
import { tlsChallenge } from '../../../src/gateway/challenges/tls-alpn-01.ts';
import { PlainServer } from '../../../src/gateway/plain-http/plain-server.ts';
import { createSecureServer } from '../../../src/gateway/secure-server.ts';

export interface FrontOptions {
  /** Directory of the challenges. */
  readonly challenges: string;
  readonly address: string;
  /** Ports; nobody listens at one that is left out. */
  readonly http?: number;
  readonly https?: number;
}

/** The gateway's own servers for a CA's challenges, without what is behind them. */
export async function openFront(options: FrontOptions): Promise<{ close(): void }> {
  const { challenges, address } = options;
  const servers: Server[] = [];
  const listen = async (server: Server, port: number | undefined) => {
    if (port === undefined) return;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, resolve);
    });
    servers.push(server);
  };
  const { server: plain } = new PlainServer({
    challenge: (token) => httpChallenge(challenges, token),
    httpsPort: () => options.https ?? 443,
  });
  const now = new Date();
  const own = await makeLeaf(await makeAuthority('front', now), { names: ['front'], addresses: [] }, now);
  const certificates = new ServedCertificates({ own });
  const challenge = (servername: string) => tlsChallenge(challenges, servername);
  await listen(plain, options.http);
  await listen(
    createSecureServer(certificates, (_, response) => response.writeHead(404).end(), { challenge }),
    options.https,
  );
  return {
    close() {
      certificates.stop();
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
