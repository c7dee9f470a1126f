import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { checkout } from './places.ts';

const EngineRelease = z.looseObject({ tag: z.string() });

/** The release of llama.cpp whose source node-llama-cpp carries. */
export async function engineRelease(): Promise<string> {
  const path = join(checkout, 'node_modules/node-llama-cpp/llama/llama.cpp.info.json');
  return EngineRelease.parse(JSON.parse(await readFile(path, 'utf8'))).tag;
}
