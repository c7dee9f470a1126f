import * as z from 'zod';
import { KeyPolicy } from './policy.ts';

/** A key made on the VM, whose 256 random bits need no slow hash. `hash` is SHA-256 in lower-case hex. */
export const GeneratedKeyRecord = z.strictObject({
  name: z.string(),
  algorithm: z.literal('sha256'),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  ...KeyPolicy.shape,
});

/** A chosen password: scrypt (RFC 7914) with N=16384, r=8, p=1, 32 bytes; salt and hash in hex. */
const ChosenKeyRecord = z.strictObject({
  name: z.string(),
  algorithm: z.literal('scrypt'),
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  ...KeyPolicy.shape,
});

/** A key as the gateway knows it: never the key itself. */
export const KeyRecord = z.discriminatedUnion('algorithm', [GeneratedKeyRecord, ChosenKeyRecord]);
export type KeyRecord = z.infer<typeof KeyRecord>;
