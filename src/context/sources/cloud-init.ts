import * as z from 'zod';
import { readIfPresent } from './files.ts';
import type { Found } from './source.ts';

/**
 * The parts of cloud-init's instance data that hold a context (its sources/__init__.py,
 * `persist_instance_data`). DataSourceOpenNebula puts the variables among keys of its own, like
 * `local-hostname`, whose names no variable can have, or whose values are lists.
 */
const InstanceData = z.object({
  v1: z.object({ platform: z.string() }),
  ds: z.object({ meta_data: z.record(z.string(), z.unknown()) }),
});

/**
 * The context as cloud-init's datasource for OpenNebula read it, from its disk or its seed directory;
 * undefined when cloud-init left nothing, or when its data are another platform's.
 */
export async function readCloudInit(path: string): Promise<Found | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const { v1, ds } = InstanceData.parse(parseJson(text));
  if (v1.platform !== 'opennebula') return undefined;
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(ds.meta_data)) {
    if (typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) values.set(name, value);
  }
  return { values, problems: [], token: undefined };
}

/** The engine's own message would quote what it stumbled over: a password, maybe. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
}
