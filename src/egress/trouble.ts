import * as z from 'zod';

/** Header of an answer that is the egress's own and not an upstream's: what went wrong. */
export const troubleHeader = 'x-onepilot-egress';

/**
 * Why there is no answer of the upstream: nobody here has that name or path; no connection; its certificate is not
 * trusted; connected, but silent for too long; the connection broke.
 */
export const Trouble = z.enum(['unknown', 'unreachable', 'untrusted', 'silent', 'broken']);
export type Trouble = z.infer<typeof Trouble>;
