/** What can go wrong when a model is fetched, kept and checked: part of the error catalogue (see catalogue.ts). */
export const modelErrors = {} as const;
