/** The agent's part of the error catalogue (see catalogue.ts). */
export const agentErrors = {} as const;
