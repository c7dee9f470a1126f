import * as z from 'zod';

/**
 * Who applies network, host name and SSH keys: our agent (the default image, which needs Debian's archive alone), or
 * OpenNebula's own package (the marketplace's image, DESIGN decision 9).
 */
export const Contextualization = z.enum(['agent', 'one-context']);
export type Contextualization = z.infer<typeof Contextualization>;
