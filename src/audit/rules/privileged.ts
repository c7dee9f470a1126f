import { fitsAny } from '../pattern.ts';
import { itemsOf } from '../policy.ts';
import type { Rule } from '../subject.ts';

const setUserId = 0o4000;
const setGroupId = 0o2000;

export const privileged: Rule = {
  name: 'privileged',
  about: 'no program gives its caller rights, but those stated',
  check: async ({ inventory, policy }) => {
    const allowed = itemsOf(policy.privileged);
    return [...inventory.entries.values()].flatMap(({ path, kind, mode, attributes }) => {
      if (kind !== 'file' || fitsAny(path, allowed)) return [];
      const rights = [
        ...(mode & setUserId ? ['setuid'] : []),
        ...(mode & setGroupId ? ['setgid'] : []),
        ...(attributes.includes('security.capability') ? ['capabilities'] : []),
      ];
      return rights.length > 0 ? [`${path} has rights of its own: ${rights.join(', ')}`] : [];
    });
  },
};
