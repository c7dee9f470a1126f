import type { RequestHandler } from '../secure-server.ts';
import type { ServedCertificates } from './served-certificates.ts';

/**
 * `handler`, whose answers tell browsers to stay with HTTPS (RFC 6797) on connections that were shown the certificate
 * that others trust. Where the own CA's is served, browsers would be locked out.
 * @param seconds For how long; undefined says nothing.
 */
export function strictTransport(
  handler: RequestHandler,
  certificates: ServedCertificates,
  seconds: () => number | undefined,
): RequestHandler {
  return (request, response) => {
    const hsts = seconds();
    if (hsts !== undefined && certificates.isTrusted(request.socket)) {
      response.setHeader('strict-transport-security', `max-age=${hsts}`);
    }
    handler(request, response);
  };
}
