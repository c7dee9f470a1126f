import { fitsAny } from '../pattern.ts';
import { itemsOf } from '../policy.ts';
import type { Rule } from '../subject.ts';

const stickyBit = 0o1000;
const writableByOthers = 0o002;

export const worldWritable: Rule = {
  name: 'world-writable',
  about: 'nobody but root can change what all use',
  check: async ({ inventory, policy }) => {
    const allowed = itemsOf(policy.worldWritable);
    return [...inventory.entries.values()].flatMap(({ path, kind, mode }) => {
      if (kind === 'link' || (mode & writableByOthers) === 0) return [];
      if (!fitsAny(path, allowed)) return [`${path} can be written by everybody (${mode.toString(8)})`];
      const isOpen = kind === 'directory' && (mode & stickyBit) === 0;
      return isOpen ? [`in ${path} everybody can remove what others made (no sticky bit)`] : [];
    });
  },
};
