/** What can be wrong with network and disks: part of the error catalogue (see catalogue.ts). */
export const networkErrors = {} as const;
