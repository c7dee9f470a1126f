import type { KeyRecord } from '../keys/key-record.ts';
import { hasExpired, type KeyLimits, type KeyScope, usualScopes } from '../keys/policy.ts';
import { type Fault, fault } from './fault.ts';

/** Whoever sent a request, by the key that came with it. */
export interface Caller {
  /** The key's name. */
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly limits: KeyLimits;
  /** ISO 8601 in UTC; `undefined` for a key that never ends. */
  readonly expiresAt: string | undefined;
}

/** The caller that has the key of `record`. */
export function callerOf({ name, scopes = usualScopes, limits = {}, expiresAt }: KeyRecord): Caller {
  return { name, scopes, limits, expiresAt };
}

/** Why the key is good no more. @param now Milliseconds since 1970. */
export function expiryFault({ expiresAt }: Caller, now: number): Fault | undefined {
  if (expiresAt === undefined || !hasExpired({ expiresAt }, now)) return undefined;
  return fault('key_expired', { expiresAt });
}

/** Why the key is not good for what needs `scope`. */
export function scopeFault({ scopes }: Caller, scope: KeyScope): Fault | undefined {
  return scopes.includes(scope) ? undefined : fault('scope_missing', { scope, scopes: scopes.join(', ') });
}

/** Whether the key may use the model that is called `id` here. */
export function mayUse({ limits }: Caller, id: string): boolean {
  return limits.models?.includes(id) ?? true;
}

/**
 * Those of `models` that the key may use, in their order. Throws the fault of a request that names another of
 * them, or that none can answer.
 * @param requested The id that the client asked for; one that no model has stands for any of them.
 */
export function modelsFor<Model extends { readonly id: string }>(
  caller: Caller,
  models: readonly Model[],
  requested: string | undefined,
): readonly Model[] {
  const allowed = models.filter(({ id }) => mayUse(caller, id));
  const isNamed = requested !== undefined && models.some(({ id }) => id === requested);
  if (isNamed && !mayUse(caller, requested)) throw notAllowed(caller, `the model "${requested}"`);
  if (models.length > 0 && allowed.length === 0) throw notAllowed(caller, 'any model that is here');
  return allowed;
}

function notAllowed({ limits }: Caller, model: string): Fault {
  const models = limits.models?.join(', ') ?? '';
  return fault('model_not_allowed', { model, models }, { parameter: 'model' });
}
