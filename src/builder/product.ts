import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { checkout } from './places.ts';

const Package = z.looseObject({ version: z.string() });

/** Version of a package installed in this checkout, or of OnePilot itself. */
export async function productVersion(dependency?: string): Promise<string> {
  const folder = dependency === undefined ? checkout : join(checkout, 'node_modules', dependency);
  return Package.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).version;
}
