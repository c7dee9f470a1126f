import type { Rule } from '../subject.ts';

export const freeSpace: Rule = {
  name: 'free-space',
  about: 'what is free on the disk holds nothing, so its size is honest and nothing deleted is in it',
  check: async ({ freeSpace: { garbage, needsRecovery } }) => {
    const kibibytes = Math.ceil(garbage.reduce((sum, { length }) => sum + length, 0) / 1024);
    return [
      ...(kibibytes > 0
        ? [`${kibibytes} KiB of free blocks, or of the journal, hold what was deleted or written before`]
        : []),
      ...(needsRecovery ? ['the journal of the root file system holds changes that were not written'] : []),
    ];
  },
};
