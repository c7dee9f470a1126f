import { readGatewayGroup } from '../../bootstrap/current.ts';
import { removeFile, setMarkFile, writeWhole } from '../../bootstrap/files.ts';
import { failure, OnePilotError } from '../../errors/catalogue.ts';
import type { KeyRecord } from '../../keys/key-record.ts';
import { hasExpired } from '../../keys/policy.ts';
import {
  addKey,
  changeKey,
  effectiveKeys,
  type FreshKey,
  type KeyStore,
  revokeKey,
  rotateKey,
} from '../../keys/store.ts';
import { inTurn } from '../../machine/turn.ts';
import type { Call, CommandWorld, Result } from './command.ts';
import { done, failed } from './exit-codes.ts';
import { keyRows, keysText, readKeys } from './key-list.ts';
import { policyChange } from './key-policy.ts';
import { usage } from './usage.ts';

/** Milliseconds to wait for another command that changes keys. */
const lockPatience = 10_000;
const busy = (seconds: number) => failure('COMMAND_KEYS_BUSY', { seconds });

type KeyCall = Pick<Call, 'words' | 'world'>;
type PolicyCall = Pick<Call, 'words' | 'value' | 'world'>;

/** `onepilot keys list`. @throws KEY_STORE_UNREADABLE */
export async function listKeys({ world }: Pick<Call, 'world'>): Promise<Result> {
  const { configured, store } = await readKeys(world.paths);
  const rows = keyRows(configured, store, world.now());
  return { code: done, text: keysText(rows), json: { keys: rows } };
}

/** `onepilot keys add NAME`. @throws KEY_NAME_BAD, KEY_NAME_TAKEN, KEY_STORE_UNREADABLE, COMMAND_KEYS_BUSY */
export async function addNamedKey({ words: [name = ''], value, world }: PolicyCall): Promise<Result> {
  const policy = policyChange({ value, world }, 'keys add').apply({});
  return freshNamedKey(name, world, (store, configured) =>
    addKey(store, name, world.now(), configured, policy),
  );
}

/**
 * `onepilot keys rotate NAME`.
 * @throws KEY_UNKNOWN, KEY_INITIAL, KEY_OF_CONTEXT, KEY_STORE_UNREADABLE, COMMAND_KEYS_BUSY
 */
export function rotateNamedKey({ words: [name = ''], world }: KeyCall): Promise<Result> {
  return freshNamedKey(name, world, (store, configured) => rotateKey(store, name, world.now(), configured));
}

/**
 * `onepilot keys set NAME`.
 * @throws COMMAND_USAGE, KEY_UNKNOWN, KEY_INITIAL, KEY_OF_CONTEXT, KEY_STORE_UNREADABLE, COMMAND_KEYS_BUSY
 */
export async function setNamedKey({ words: [name = ''], value, world }: PolicyCall): Promise<Result> {
  const change = policyChange({ value, world }, 'keys set');
  if (change.isEmpty) throw usage('Say what is to be changed.', 'keys set');
  const row = await inTurn(world.paths.keyStore, lockPatience, busy, async () => {
    const { configured, store } = await readKeys(world.paths);
    const changed = changeKey(store, name, change.apply, configured);
    await writeStore(world, changed);
    return keyRows(configured, changed, world.now()).find((known) => known.name === name);
  });
  const { code, inForce, notes } = await reload(world);
  const text = row && inForce ? keysText([row]) : '';
  return { code, text, json: { key: row, inForce, notes }, notes };
}

/** Makes a key with `make`, keeps its hash and shows it. */
async function freshNamedKey(
  name: string,
  world: CommandWorld,
  make: (store: KeyStore, configured: readonly KeyRecord[]) => FreshKey,
): Promise<Result> {
  const key = await inTurn(world.paths.keyStore, lockPatience, busy, async () => {
    const { configured, store } = await readKeys(world.paths);
    const fresh = make(store, configured);
    await writeStore(world, fresh.store);
    return fresh.key;
  });
  const effect = await reload(world);
  return {
    // The key is made and must be shown; that it does not work yet is told beside it.
    code: effect.code,
    text: `${key}\n`,
    json: { name, key, inForce: effect.inForce, notes: effect.notes },
    notes: [`This is the key «${name}». It is shown this once: only its hash is kept.`, ...effect.notes],
  };
}

/** `onepilot keys revoke NAME`. @throws KEY_UNKNOWN, KEY_STORE_UNREADABLE, COMMAND_KEYS_BUSY */
export async function revokeNamedKey({ words: [name = ''], world }: KeyCall): Promise<Result> {
  const { wasConfigured, left } = await inTurn(world.paths.keyStore, lockPatience, busy, async () => {
    const { configured, store } = await readKeys(world.paths);
    const fresh = revokeKey(store, name, configured);
    await writeStore(world, fresh);
    // After the store: without it the agent would take a missing key for a first boot, and make another.
    if (name === 'generated') await removeFile(world.paths.apiKey);
    return {
      wasConfigured: configured.some((known) => known.name === name),
      left: effectiveKeys(configured, fresh).filter((kept) => !hasExpired(kept, world.now().getTime()))
        .length,
    };
  });
  const effect = await reload(world);
  const notes = [
    ...effect.notes,
    ...(wasConfigured && name !== 'generated'
      ? [
          `The context still names «${name}»; as it is there it stays revoked. Put another in its place, or none.`,
        ]
      : []),
    ...(left === 0 ? ['No key is left: nobody can use the appliance. Make one: onepilot keys add NAME'] : []),
  ];
  return {
    code: effect.code,
    text: effect.inForce ? `«${name}» is revoked.\n` : '',
    json: { name, revoked: true, inForce: effect.inForce, keysLeft: left, notes },
    notes,
  };
}

/** Writes the store, and has the agent tell anew which keys work. */
async function writeStore({ paths }: CommandWorld, store: KeyStore): Promise<void> {
  const gid = await readGatewayGroup(paths.groups);
  const content = `${JSON.stringify(store, null, 2)}\n`;
  await writeWhole({ path: paths.keyStore, content, mode: 0o640, uid: 0, gid, readBy: [] });
  // Without it the agent tells at its hourly run; the key that was just made must be shown all the same.
  await setMarkFile(paths.lookAgain).catch(() => {});
}

interface Effect {
  readonly inForce: boolean;
  readonly code: number;
  readonly notes: readonly string[];
}

/** Has the gateway read the keys. One that does not run reads them when it starts; one that refuses is told of. */
async function reload(world: CommandWorld): Promise<Effect> {
  try {
    await world.reloadGateway();
    return { inForce: true, code: done, notes: [] };
  } catch (error) {
    if (!(error instanceof OnePilotError)) throw error;
    if (error.code === 'GATEWAY_CONTROL_UNREACHABLE') {
      const note = 'The gateway does not answer; the change is kept and takes effect when it starts.';
      return { inForce: false, code: done, notes: [note] };
    }
    const note = `The change is kept but not in force. ${error.message} ${error.fix} (${error.code})`;
    return { inForce: false, code: failed, notes: [note] };
  }
}
