import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { OnePilotError } from '../../errors/catalogue.ts';
import type { KeyScope } from '../../keys/policy.ts';
import { type Caller, callerOf, expiryFault, scopeFault } from '../caller.ts';
import { Fault, fault } from '../fault.ts';
import { addressGroup } from '../limits/address-group.ts';
import { WrongKeys } from '../limits/wrong-keys.ts';
import { presentedKeys } from '../presented-keys.ts';

/** Finds out who sent a request; answers to wrong keys come late. Throws faults. */
type Identify = (request: FastifyRequest) => Promise<Caller>;

declare module 'fastify' {
  interface FastifyInstance {
    identify: Identify;
  }
  interface FastifyRequest {
    /** Who asks; `undefined` before the key was checked, and where none is needed. */
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** Whether the route answers without a key; a function says it for each request. */
    public?: boolean | ((request: FastifyRequest) => boolean);
    /** What the key must be good for. Binds nobody where no key is needed. */
    scope?: KeyScope;
  }
}

export interface AuthenticationOptions {
  /** Resolves after so many milliseconds, or when `signal` aborts. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

const waitInTime = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});

/**
 * Lets requests with a known key through where it is good for what they want, and those to public routes. The key is
 * compared and forgotten. Where it is unknown which keys were revoked, none is let through.
 */
export const authentication = plugin<AuthenticationOptions>(async (app, { wait = waitInTime }) => {
  const wrongKeys = new WrongKeys();
  app.decorateRequest('caller', undefined);

  app.decorate('identify', async (request) => {
    const { keyring, keysKnown } = request.inForce;
    if (!keysKnown) throw fault('keys_unavailable', {});
    const keys = presentedKeys(request.headers);
    if (keys.length === 0) throw fault('missing_api_key', {});
    const known = keyring.findAtOnce(keys);
    if (known) return callerOf(known);
    const underWay = keyring.findUnderWay(keys);
    const found = underWay && (await underWay);
    if (found) return callerOf(found);

    const source = addressGroup(request.ip);
    // Before a check: it costs more than everything else that strangers can ask for.
    const kind = keyring.mustCheck(keys) ? 'unchecked' : 'wrong';
    const slowdown = wrongKeys.slowdown(source, performance.now(), kind);
    if (slowdown === undefined) throw fault('too_many_wrong_keys', {});
    const { milliseconds } = slowdown;
    try {
      // At once where nothing is to be waited for, so that others with the same key find its check under way.
      const isThere =
        milliseconds === 0 || (await whileConnected(request, (signal) => wait(milliseconds, signal)));
      const record = isThere ? await keyring.findFirst(keys, source) : undefined;
      if (!record) throw fault('invalid_api_key', {});
      wrongKeys.forgiveOne(source);
      return callerOf(record);
    } finally {
      slowdown.end();
    }
  });

  // Before the body is read: strangers get no parser and no memory.
  app.addHook('onRequest', async (request, reply) => {
    if (isPublic(request)) return;
    const { config } = request.routeOptions;
    try {
      request.caller = await app.identify(request);
      const expired = expiryFault(request.caller, Date.now());
      if (expired) throw expired;
    } catch (error) {
      if (error instanceof Fault && error.status === 401) reply.header('www-authenticate', 'Bearer');
      throw error;
    }
    if (config.scope !== undefined) requireScope(request, config.scope);
  });
});

/** Whether the request is answered without a key. */
export function isPublic(request: FastifyRequest): boolean {
  const open = request.routeOptions.config.public ?? false;
  return typeof open === 'function' ? open(request) : open;
}

/** Who asks. For routes that need a key: elsewhere it throws the fault of a request without one. */
export function knownCaller({ caller }: Pick<FastifyRequest, 'caller'>): Caller {
  if (!caller) throw fault('missing_api_key', {});
  return caller;
}

/** Throws the fault of a request whose key is not good for what needs `scope`. */
export function requireScope(request: Pick<FastifyRequest, 'caller'>, scope: KeyScope): void {
  const missing = scopeFault(knownCaller(request), scope);
  if (missing) throw missing;
}

/** Who asks for what needs no key, if they have a valid one: then they may read more. Wrong ones are slowed here too. */
export async function callerIfAny(request: FastifyRequest): Promise<Caller | undefined> {
  try {
    const caller = await request.server.identify(request);
    return expiryFault(caller, Date.now()) === undefined ? caller : undefined;
  } catch (error) {
    // What everybody may read needs no key, however many are being checked.
    if (error instanceof Fault || error instanceof OnePilotError) return undefined;
    throw error;
  }
}

/** `work` with a signal that aborts when the client is gone. @returns whether it is still there */
async function whileConnected(
  { raw: { socket } }: FastifyRequest,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  const gone = new AbortController();
  const abort = () => gone.abort();
  socket.once('close', abort);
  try {
    await work(gone.signal);
    return !gone.signal.aborted;
  } finally {
    socket.off('close', abort);
  }
}
