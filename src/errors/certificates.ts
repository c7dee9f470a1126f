/** What can be wrong with certificates (src/certificates): part of the error catalogue (see catalogue.ts). */
export const certificateErrors = {} as const;
