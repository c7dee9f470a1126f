import * as z from 'zod';
import { FileFacts } from './facts.ts';
import { ModelSource } from './source.ts';

/** What is written beside a file of the store once it is whole and checked; without it, the file counts as absent. */
export const ModelRecord = z.strictObject({
  /** Name under which clients find the model. */
  id: z.string(),
  source: ModelSource,
  /** Path of the file: in the store, relative to it; on a disk, relative to its root. */
  file: z.string(),
  size: z.int().min(1),
  /** Of a file on a disk, milliseconds since 1970 (`mtime`): with its size, it says whether it is still the same. */
  modifiedAt: z.number().optional(),
  /** Lower-case hex, computed from the bytes; absent where a file on a disk was not asked to have one. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Who said that this is the right hash: catalogue or variable (`pinned`), or the hub at download (`hub`). */
  trust: z.enum(['pinned', 'hub', 'none']),
  /** The commit of the repository that the hub named. */
  commit: z.string().optional(),
  /** ISO 8601 in UTC. */
  fetchedAt: z.string(),
  facts: FileFacts,
});
export type ModelRecord = z.infer<typeof ModelRecord>;

/** How far one file is. Rates in bytes per second. */
export const FetchProgress = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('waiting') }),
  z.strictObject({
    state: z.literal('downloading'),
    received: z.int().min(0),
    size: z.int().min(0).optional(),
    rate: z.number().min(0).optional(),
  }),
  /** Between two attempts; `reason` and `retryAt` (ISO 8601) say why and when. */
  z.strictObject({ state: z.literal('retrying'), reason: z.string(), retryAt: z.string(), attempt: z.int() }),
  z.strictObject({ state: z.literal('verifying'), received: z.int().min(0), size: z.int().min(0) }),
  z.strictObject({ state: z.literal('done') }),
  z.strictObject({ state: z.literal('failed'), code: z.string(), what: z.string(), fix: z.string() }),
]);
export type FetchProgress = z.infer<typeof FetchProgress>;
