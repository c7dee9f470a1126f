/** How the process ends, by number: for help and documentation, and for who dispatches. */
export const exitCodes = {
  0: 'done; for status: the appliance is ready; for check and plan: the context is fine',
  1: 'what was asked for is not there, or it failed',
  2: 'wrong usage',
  3: 'the appliance is not ready, or its context has errors (status, check, plan, reconcile)',
  4: 'root is needed',
} as const;

/** `service configure` and `service bootstrap` hand on the agent's status, so other numbers occur. */
export const done = 0;
export const failed = 1;
export const wrongUsage = 2;
export const notReady = 3;
export const rootNeeded = 4;
