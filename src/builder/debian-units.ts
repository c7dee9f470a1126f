import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Contextualization } from './contextualization.ts';
import { checkout } from './places.ts';

/** Which of Debian's units start in the image. */
export const unitList = join(checkout, 'appliance/services.yaml');

const Units = z.strictObject({
  enabled: z.array(z.string()),
  /** Enabled where our agent applies the network. */
  enabledWithAgent: z.array(z.string()),
  /** Enabled by their packages, but left to the agent. */
  disabled: z.array(z.string()),
  /** By the reason. */
  masked: z.record(z.string(), z.array(z.string())),
});

/** Debian's units as an image of one contextualization has them. */
export interface WantedUnits {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
  readonly masked: readonly string[];
}

/** Reads the list for an image of this contextualization. */
export async function wantedUnits(contextualization: Contextualization): Promise<WantedUnits> {
  const { enabled, enabledWithAgent, disabled, masked } = Units.parse(
    parse(await readFile(unitList, 'utf8')),
  );
  return {
    enabled: [...enabled, ...(contextualization === 'agent' ? enabledWithAgent : [])],
    disabled,
    masked: Object.values(masked).flat(),
  };
}
