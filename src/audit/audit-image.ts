import { mkdir } from 'node:fs/promises';
import { wantedUnits } from '../builder/debian-units.ts';
import { cacheDirectory, checkout } from '../builder/places.ts';
import type { Shell } from '../builder/shell.ts';
import { type RuleResult, runRules } from './audit.ts';
import { readPackageDatabase } from './package-database.ts';
import { readPolicy } from './policy.ts';
import { readImage } from './read-image.ts';
import type { Declared } from './subject.ts';

/** An image to audit. */
export interface AuditRequest {
  /** qcow2. */
  readonly image: string;
  readonly declared: Declared;
  /** Empty directory for a raw copy, as large as what is in the image. */
  readonly work: string;
  readonly shell: Shell;
  /** Learns each rule's result as soon as it is there. */
  readonly onResult?: (result: RuleResult) => void;
}

/**
 * Audits an image that does not run, by every rule.
 * @throws AUDIT_UNREADABLE
 */
export async function auditImage(request: AuditRequest): Promise<RuleResult[]> {
  const { image, declared, work, shell } = request;
  await mkdir(work, { recursive: true });
  const policy = await readPolicy();
  const read = await readImage(image, work, shell);
  try {
    const { inventory, freeSpace, partitions, hidden, bootCode } = read;
    const subject = {
      inventory,
      freeSpace,
      partitions,
      hidden,
      bootCode,
      declared,
      policy,
      database: await readPackageDatabase(inventory),
      units: await wantedUnits(declared.contextualization),
      buildPlaces: [checkout, cacheDirectory()],
    };
    const results: RuleResult[] = [];
    for await (const result of runRules(subject)) {
      results.push(result);
      request.onResult?.(result);
    }
    return results;
  } finally {
    await read.close();
  }
}
