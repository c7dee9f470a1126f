import { fitsAny } from '../pattern.ts';
import { itemsOf } from '../policy.ts';
import type { Rule } from '../subject.ts';

const writableByGroup = 0o020;

/** Where services keep what is theirs, and what a running system covers with file systems of its own. */
const elsewhere = /^\/(?:var|run|dev|tmp|proc|sys)\//;

export const owners: Rule = {
  name: 'owners',
  about: "the system is root's alone to change, and nothing has an access list, but what is stated",
  check: async ({ inventory, policy }) => {
    const allowed = itemsOf(policy.owners);
    return [...inventory.entries.values()].flatMap(({ path, kind, mode, uid, gid, attributes }) => {
      if (fitsAny(path, allowed)) return [];
      const isOfSystem = !elsewhere.test(path);
      const isOpen = kind !== 'link' && gid !== 0 && (mode & writableByGroup) !== 0;
      return [
        ...(isOfSystem && uid !== 0 ? [`${path} belongs to ${uid}, not to root`] : []),
        ...(isOfSystem && isOpen ? [`${path} can be written by the group ${gid}`] : []),
        ...(attributes.some((name) => name.startsWith('system.posix_acl_'))
          ? [`${path} has an access list`]
          : []),
      ];
    });
  },
};
