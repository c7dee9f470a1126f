/** `openFront` as a process, for a host of its own: the options are its argument, in JSON. */
import * as z from 'zod';
import { openFront } from './front.ts';

const Options = z.object({
  challenges: z.string(),
  address: z.string(),
  http: z.int().exactOptional(),
  https: z.int().exactOptional(),
});

await openFront(Options.parse(JSON.parse(process.argv[2] ?? '')));
process.stdout.write('listening\n');
