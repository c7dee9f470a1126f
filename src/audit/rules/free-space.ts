import type { Area } from '../free-space.ts';
import type { Rule } from '../subject.ts';

const holders: Readonly<Record<Area, string>> = {
  root: 'of free blocks, or of the journal, hold what was deleted or written before',
  efi: 'of the EFI partition hold what no file there accounts for',
  disk: 'outside of the partitions and their file systems are not zeros',
};

export const freeSpace: Rule = {
  name: 'free-space',
  about: 'what is free on the disk holds nothing, so its size is honest and nothing deleted is in it',
  check: async ({ freeSpace: { garbage, needsRecovery } }) => {
    const found = (['root', 'efi', 'disk'] as const).flatMap((area) => {
      const bytes = garbage.reduce((sum, range) => sum + (range.area === area ? range.length : 0), 0);
      return bytes > 0 ? [`${Math.ceil(bytes / 1024)} KiB ${holders[area]}`] : [];
    });
    return [
      ...found,
      ...(needsRecovery ? ['the journal of the root file system holds changes that were not written'] : []),
    ];
  },
};
