/** The builder's part of the error catalogue (see catalogue.ts). */
export const builderErrors = {} as const;
