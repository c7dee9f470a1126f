import type { IncomingMessage } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import type { Pebble } from './pebble.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  /** What the JWS of the request holds; undefined when it holds nothing. */
  readonly payload: unknown;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What becomes of a request: `forward` has Pebble answer it. */
export type Meddling = (asked: Asked, forward: () => Promise<Answered>) => Promise<Answered>;

/** An ACME server that is Pebble, except where a test has it behave as Pebble does not. */
export interface Meddler {
  readonly directory: string;
  readonly roots: string;
  readonly asked: Asked[];
  /** Plain forwarding unless set. */
  meddling: Meddling;
  close(): void;
}

const Jws = z.object({ payload: z.string() });

export async function openMeddler(pebble: Pebble): Promise<Meddler> {
  const now = new Date();
  const authority = await makeAuthority('meddler', now);
  const { certificate, key } = await makeLeaf(authority, { names: [], addresses: ['127.0.0.1'] }, now);
  const upstream = new URL(pebble.directory);
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const answer = async () => {
      const body = await buffer(request);
      const { method = '', url: path = '' } = request;
      const asked = { method, path, payload: payloadOf(body) };
      meddler.asked.push(asked);
      const {
        status,
        headers,
        body: text,
      } = await meddler.meddling(asked, () => forwarded(request, body, upstream));
      response.writeHead(status, headers).end(text);
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The meddler does not listen.');
  const meddler: Meddler = {
    directory: `https://127.0.0.1:${address.port}${upstream.pathname}`,
    roots: authority.certificate,
    asked: [],
    meddling: (_, forward) => forward(),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return meddler;
}

/** A problem document of ACME (RFC 8555, section 6.7). */
export function problem(type: string, detail: string, status = 400, headers = {}): Answered {
  const body = JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail, status });
  return { status, headers: { 'Content-Type': 'application/problem+json', ...headers }, body };
}

/** The same answer with another body. */
export function altered(answer: Answered, body: string): Answered {
  const { 'content-length': _, ...headers } = answer.headers;
  return { ...answer, headers, body };
}

function payloadOf(body: Buffer): unknown {
  try {
    const { payload } = Jws.parse(JSON.parse(body.toString()));
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function forwarded({ method, url, headers }: IncomingMessage, body: Buffer, { hostname, port }: URL) {
  return new Promise<Answered>((resolve, reject) => {
    const options = { hostname, port, method, path: url, headers, rejectUnauthorized: false };
    const request = httpsRequest(options, async (response) => {
      const entries = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      const text = (await buffer(response)).toString();
      resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(entries), body: text });
    });
    request.on('error', reject);
    request.end(body);
  });
}
