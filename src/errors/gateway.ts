/** The gateway's part of the error catalogue (see catalogue.ts). */
export const gatewayErrors = {} as const;
