import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { OnePilotError } from '../../errors/catalogue.ts';
import { fault } from '../fault.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the key that was presented; `undefined` before that and on public paths. */
    keyName: string | undefined;
  }
  interface FastifyContextConfig {
    /** Whether the route answers without a key. */
    public?: boolean;
  }
}

/**
 * Lets requests with a known key through, and those to public routes. The key is compared and forgotten.
 * Where it is unknown which keys were revoked, none is let through.
 */
export const authentication = plugin(async (app) => {
  app.decorateRequest('keyName', undefined);

  // Before the body is read: strangers get no parser and no memory.
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.public) return;
    if (!request.inForce.keysKnown) throw fault('keys_unavailable', {});
    const presented = presentedKeys(request.headers);
    request.keyName = await knownName(request, presented);
    if (request.keyName !== undefined) return;
    reply.header('www-authenticate', 'Bearer');
    throw fault(presented.length === 0 ? 'missing_api_key' : 'invalid_api_key', {});
  });
});

/** Whether a request that needs no key has a valid one: then it may read more. */
export async function hasValidKey(request: FastifyRequest): Promise<boolean> {
  if (!request.inForce.keysKnown) return false;
  try {
    return (await knownName(request, presentedKeys(request.headers))) !== undefined;
  } catch (error) {
    // Too many unknown keys are being checked; what everybody may read needs none of that.
    if (error instanceof OnePilotError) return false;
    throw error;
  }
}

/** The name of the first of `keys` that is valid. Throws `too_many_key_checks`. */
async function knownName({ inForce }: FastifyRequest, keys: readonly string[]): Promise<string | undefined> {
  for (const key of keys) {
    const record = await inForce.keyring.find(key);
    if (record) return record.name;
  }
  return undefined;
}

/**
 * Every key in the request, since clients send an empty or invented one beside the right one: Bearer with the
 * scheme in any case (RFC 9110, section 11.1), `x-api-key`, `api-key`.
 */
export function presentedKeys(headers: IncomingHttpHeaders): string[] {
  const bearer = /^bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
  const candidates = [bearer, headers['x-api-key'], headers['api-key']].flat();
  return [...new Set(candidates.map((candidate) => candidate?.trim() ?? ''))].filter((key) => key !== '');
}
