import type { PolicyField } from '../../keys/written-policy.ts';
import type { CommandOption } from './command.ts';

const described: Readonly<Record<PolicyField, { readonly value: string; readonly about: string }>> = {
  scopes: {
    value: 'LIST',
    about: 'chat, complete, embed, admin; the first three unless given',
  },
  expires: { value: 'WHEN', about: 'when it ends: a date or time (UTC), or 90d for 90 days from now' },
  'requests-per-minute': { value: 'N', about: 'requests in any 60 seconds' },
  concurrent: { value: 'N', about: 'requests that wait or run at the same time' },
  'tokens-per-day': { value: 'N', about: 'tokens of prompts and answers per UTC day' },
  models: { value: 'LIST', about: 'ids of the models it may use' },
};

/** The options that say what a key may do. */
export const policyOptions: readonly CommandOption[] = Object.entries(described).map(([name, row]) => ({
  name,
  ...row,
}));
