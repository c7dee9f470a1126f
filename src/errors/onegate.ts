/** What can go wrong between the VM and OneGate: part of the error catalogue (see catalogue.ts). */
export const onegateErrors = {} as const;
