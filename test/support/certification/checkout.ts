import { cp, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { Submission } from '../../../src/marketplace/submission.ts';
import { writeIntoCheckout } from '../../../src/marketplace/write-submission.ts';
import { Child } from '../child.ts';

/**
 * A checkout of marketplace-community with one submission in it, and our own double of what its tests load.
 * @returns its folder
 */
export async function layOutCheckout(
  directory: string,
  app: string,
  submission: Submission,
): Promise<string> {
  const checkout = join(directory, 'checkout');
  await cp(resolve(import.meta.dirname, 'marketplace-community'), checkout, { recursive: true });
  await writeIntoCheckout(checkout, app, submission);
  return checkout;
}

/** RSpec's JSON report, as far as it is looked at. */
const Report = z.looseObject({
  examples: z.array(
    z.looseObject({
      description: z.string(),
      status: z.enum(['passed', 'failed', 'pending']),
      exception: z.looseObject({ message: z.string() }).optional(),
    }),
  ),
  summary: z.looseObject({
    example_count: z.int(),
    failure_count: z.int(),
    pending_count: z.int(),
    /** What went wrong while files were loaded, or in hooks around all examples. */
    errors_outside_of_examples_count: z.int(),
  }),
});

/** How a run of the certification ended. */
export interface Certification {
  readonly exitCode: number | null;
  readonly output: string;
  readonly examples: z.infer<typeof Report>['examples'];
  readonly summary: z.infer<typeof Report>['summary'];
}

/**
 * Runs the appliance's tests with Debian's rspec, as somebody in `lib/community` does.
 * @param commands folder that comes first in PATH
 */
export async function certify(
  checkout: string,
  app: string,
  { commands, environment }: { readonly commands: string; readonly environment: Record<string, string> },
): Promise<Certification> {
  const folder = join(checkout, 'lib/community');
  const child = new Child(['env', '-C', folder, './app_readiness.rb', app], {
    ...environment,
    PATH: `${commands}:${process.env.PATH}`,
  });
  child.say('');
  const exitCode = await child.ended;
  const report = await readFile(join(folder, 'results', app, 'results.json'), 'utf8').catch(() => undefined);
  if (report === undefined) throw new Error(`rspec left no report:\n${child.output}`);
  return { exitCode, output: child.output, ...Report.parse(JSON.parse(report)) };
}
