import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { fault } from '../fault.ts';
import { type JsonObject, type JsonValue, parseJson, TooDeep } from '../json.ts';

/** Every body is read as JSON, whatever its type claims to be: `curl -d` claims a form. */
export const bodies = plugin(async (app) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: FastifyRequest, text: string) =>
    parsed(text),
  );
});

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
