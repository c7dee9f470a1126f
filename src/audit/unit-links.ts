import { basename } from 'node:path';
import { type Entry, type Inventory, readText, resolvePath } from './inventory.ts';

/** A link by which systemctl enables, masks or renames a unit (systemd.unit(5)). */
export interface UnitLink {
  readonly path: string;
  /** Whose unit it is: that of the machine, or of each user's manager. */
  readonly manager: 'system' | 'user';
  /** The unit that the link is called after. */
  readonly unit: string;
  /** `pull`: the unit starts with another; `mask`: it never starts; `alias`: the link is another name for its target. */
  readonly kind: 'pull' | 'mask' | 'alias';
  readonly target: string;
}

const place =
  /^\/etc\/systemd\/(system|user)\/([^/]+\.(?:wants|requires|upholds)\/)?([^/]+\.(?:service|socket|target|timer|path|mount|automount|swap|slice|scope|device))$/;

/** What an entry is to systemd; undefined where it is no such link. */
export function unitLink({ path, kind, target = '' }: Entry): UnitLink | undefined {
  const [, manager, pulledBy, unit] = place.exec(path) ?? [];
  if (kind !== 'link' || manager === undefined || unit === undefined) return undefined;
  const ownKind = target === '/dev/null' ? 'mask' : 'alias';
  return {
    path,
    manager: manager === 'user' ? 'user' : 'system',
    unit,
    kind: pulledBy === undefined ? ownKind : 'pull',
    target,
  };
}

/** The file an instance is made from: `getty@tty1.service` from `getty@.service`. */
function templateOf(unit: string): string {
  return unit.replace(/@.+(?=\.[a-z]+$)/, '@');
}

/** Other names that a unit's own file gives it. */
async function aliases(inventory: Inventory, path: string): Promise<string[]> {
  const lines = (await readText(inventory, path)).matchAll(/^Alias\s*=(.*)$/gm);
  return [...lines].flatMap(([, names = '']) => names.trim().split(/\s+/));
}

/**
 * Whether a link leads where systemctl would have let it lead: to the unit of its name, or to one that has the name for
 * an alias.
 * @param isUnit whether a path is that of a unit which may be there
 */
export async function leadsToItsUnit(
  inventory: Inventory,
  { path, unit, target }: UnitLink,
  isUnit: (path: string) => boolean,
): Promise<boolean> {
  if (target === '/dev/null') return true;
  const end = resolvePath(inventory, path, true);
  if (inventory.entries.get(end)?.kind !== 'file' || !isUnit(end)) return false;
  const names = [basename(end), ...(await aliases(inventory, end))];
  return names.includes(unit) || names.includes(templateOf(unit));
}
