import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { fault } from '../fault.ts';
import { type JsonObject, type JsonValue, parseJson, TooDeep } from '../json.ts';
import { bodyWeight, valuesIn } from '../limits/body-weight.ts';
import { HeldBodies, type HeldBody } from '../limits/held-bodies.ts';
import { whenOver } from '../reply-over.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What its body takes of the memory for all of them; `undefined` where it has none. */
    heldBody: HeldBody | undefined;
  }
}

export interface BodiesOptions {
  /** Bytes that all bodies of people with keys may take together, as `bodyWeight` tells them. */
  readonly mostHeld: number;
}

/** Bytes for the bodies of everybody who needs no key, so that they take nothing from people who have one. */
const mostHeldOfStrangers = 2 * 2 ** 20;

/** Of one body. The longest lists are of tokens, for which a number of them is known: a context's. */
const mostValues = 2 ** 18;

/** Seconds: nobody knows when one of the requests under way ends. */
const heldRetry = 5;

/**
 * Every body is read as JSON, whatever its type claims to be: `curl -d` claims a form. Room for it is taken before it
 * is read, by the length it announces, and given back when its answer has ended. Throws `bodies_full` where there is none.
 */
export const bodies = plugin<BodiesOptions>(async (app, { mostHeld }) => {
  const held = new HeldBodies(mostHeld);
  const heldOfStrangers = new HeldBodies(mostHeldOfStrangers);
  app.decorateRequest('heldBody', undefined);

  app.addHook('onRequest', (request, reply, next) => {
    const bytes = announcedBytes(request);
    // What is too large is refused by its length, unread.
    if (bytes === 0 || bytes > request.routeOptions.bodyLimit) return next();
    const heldBody = (request.caller ? held : heldOfStrangers).hold(bytes);
    if (!heldBody) return next(bodiesFull());
    request.heldBody = heldBody;
    whenOver(reply.raw, heldBody.release);
    next();
  });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, async ({ heldBody }: FastifyRequest, text: string) => {
    const values = valuesIn(text);
    if (values > mostValues) throw fault('body_too_complex', { values: mostValues });
    if (heldBody?.resize(bodyWeight(Buffer.byteLength(text), values)) === false) throw bodiesFull();
    return parsed(text);
  });
});

/** Of what comes in pieces the length is unknown: as much as it may be. */
function announcedBytes({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit;
  return Number(headers['content-length'] ?? 0);
}

function bodiesFull() {
  return fault('bodies_full', { seconds: heldRetry }, { retryAfter: heldRetry });
}

function parsed(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    // The parser's own message quotes the body.
    throw fault(error instanceof TooDeep ? 'invalid_body' : 'invalid_json', {});
  }
}

/** A parsed body as the object every dialect needs. Throws `invalid_body`. */
export function objectBody(body: unknown): JsonObject {
  if (!isParsedObject(body)) throw fault('invalid_body', {});
  return body;
}

/** Bodies come from `parsed` alone, so an object is a JSON object. */
function isParsedObject(body: unknown): body is JsonObject {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}
