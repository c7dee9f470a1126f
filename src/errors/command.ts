/** What can go wrong with the `onepilot` command: part of the error catalogue (see catalogue.ts). */
export const commandErrors = {} as const;
