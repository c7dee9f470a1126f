import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { checkout } from '../builder/places.ts';

/** Lists by the reason why what is in them may be there. */
const byReason = <Item extends z.ZodType>(item: Item) => z.record(z.string(), z.array(item));

/** A port that may be listened on. */
export const StatedPort = z.strictObject({
  protocol: z.enum(['tcp', 'udp']),
  /** `any`: the process takes a free one. */
  port: z.union([z.int().min(1).max(65_535), z.literal('any')]),
  /** `loopback`: nobody outside the VM reaches it. */
  reach: z.enum(['everybody', 'loopback']),
  /** The process that must hold it, as the kernel calls it: at most 15 characters. */
  process: z.string().max(15),
});
export type StatedPort = z.infer<typeof StatedPort>;

/** `appliance/audit.yaml`: what an image may hold beside what its packages and its manifest account for. */
export const Policy = z.strictObject({
  /** Programs that run with other rights than their caller's. */
  privileged: byReason(z.string()),
  worldWritable: byReason(z.string()),
  /** What below the system's directories is not root's alone, and what has an access list, wherever it lies. */
  owners: byReason(z.string()),
  /** What is made while packages are installed and the image is finished: patterns of paths. */
  made: byReason(z.string()),
  /** Accounts that have a shell. */
  shells: byReason(z.string()),
  /** Units that are enabled without a word in services.yaml or a package's own record. */
  enabled: byReason(z.string()),
  listening: byReason(StatedPort),
});
export type Policy = z.infer<typeof Policy>;

/** The items of all reasons. */
export function itemsOf<Item>(lists: Readonly<Record<string, readonly Item[]>>): Item[] {
  return Object.values(lists).flat();
}

/** The file in this checkout. */
export const policyFile = join(checkout, 'appliance/audit.yaml');

/** Reads what the checkout allows. */
export async function readPolicy(): Promise<Policy> {
  return Policy.parse(parse(await readFile(policyFile, 'utf8')));
}
