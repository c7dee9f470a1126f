import { createServer, type Server } from 'node:https';
import { makeAuthority, makeLeaf } from '../../src/certificates/own-ca/issue.ts';

/** What the double answers where renewal information is asked for. */
export interface RenewalAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * A double of an ACME server as far as its directory and renewal information (RFC 9773) go, which Debian's Pebble
 * lacks. It listens on a port of its own on 127.0.0.1, with a certificate of its own CA.
 */
export interface AcmeDirectory {
  /** URL of the directory. */
  readonly url: string;
  /** Certificate of the CA that vouches for it, in PEM. */
  readonly root: string;
  /** Paths that were asked for, oldest first. */
  readonly asked: string[];
  /** What comes next where renewal information is asked for. */
  answer: RenewalAnswer;
  /** Whether its directory names renewal information. */
  offers: boolean;
  /** `Date` of its answers; its own clock's otherwise. */
  date: string | undefined;
  close(): Promise<void>;
}

/** @param issued When its certificate was made: 90 days later it is over. */
export async function startAcmeDirectory(issued = new Date()): Promise<AcmeDirectory> {
  const authority = await makeAuthority('the double', issued);
  const { certificate, key } = await makeLeaf(authority, { names: [], addresses: ['127.0.0.1'] }, issued);
  const server: Server = createServer({ cert: certificate, key }, (request, response) => {
    const path = request.url ?? '';
    double.asked.push(path);
    if (double.date !== undefined) response.setHeader('date', double.date);
    if (path === '/directory') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(directory()));
      return;
    }
    const { status = 200, headers = {}, body = '' } = double.answer;
    response.writeHead(status, headers);
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The double does not listen.');
  const origin = `https://127.0.0.1:${address.port}`;
  const directory = () => ({
    newNonce: `${origin}/new-nonce`,
    newAccount: `${origin}/new-account`,
    newOrder: `${origin}/new-order`,
    ...(double.offers && { renewalInfo: `${origin}/renewal-info/` }),
  });
  const double: AcmeDirectory = {
    url: `${origin}/directory`,
    root: authority.certificate,
    asked: [],
    answer: {},
    offers: true,
    date: undefined,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
  return double;
}

/** Renewal information as a CA gives it. */
export function renewalInformation(start: Date, end: Date, explanationURL?: string): string {
  return JSON.stringify({
    suggestedWindow: { start: start.toISOString(), end: end.toISOString() },
    ...(explanationURL !== undefined && { explanationURL }),
  });
}
