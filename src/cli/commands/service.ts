import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { readText } from '../../bootstrap/files.ts';
import { wrap } from '../../report/wrap.ts';
import type { Call, Result } from './command.ts';
import { done } from './exit-codes.ts';
import { asText } from './text.ts';

/** The part of /etc/one-appliance/metadata that people read. */
const Metadata = z.object({
  name: z.string(),
  version: z.coerce.string(),
  short_description: z.string().default(''),
  description: z.string().default(''),
});

const usageText = `USAGE:
    service [-h|--help|help]
        Print this help

    service install [<version>]
        Nothing: the image was installed when it was built

    service configure
        Configure the service via contextualization or with defaults

    service bootstrap
        Start the service and wait until it is ready
`;

/** `service help`: worded as the scripts of one-apps word theirs. */
export async function serviceHelp({ world }: Pick<Call, 'world'>): Promise<Result> {
  const metadata = await readMetadata(join(dirname(world.paths.status), 'metadata'));
  const about = metadata
    ? asText([
        `${metadata.name} ${metadata.version}`,
        ...wrap(metadata.short_description),
        '',
        ...metadata.description.trim().split('\n'),
        '',
      ])
    : '';
  return { code: done, text: `${about}${usageText}`, json: { metadata: metadata ?? null, help: usageText } };
}

/** `service install`. */
export async function serviceInstall(): Promise<Result> {
  const text = 'Nothing to do: the image was installed by its builder.\n';
  return { code: done, text, json: { step: 'install', status: 0 } };
}

/** `service configure`. */
export function serviceConfigure(call: Pick<Call, 'world' | 'json'>): Promise<Result> {
  return runAgent(call, 'configure');
}

/** `service bootstrap`. */
export function serviceBootstrap(call: Pick<Call, 'world' | 'json'>): Promise<Result> {
  return runAgent(call, 'bootstrap');
}

async function runAgent(
  { world, json }: Pick<Call, 'world' | 'json'>,
  step: 'configure' | 'bootstrap',
): Promise<Result> {
  const status = await world.attach(['/usr/lib/onepilot/node', '/usr/lib/onepilot/agent.mjs', step], {
    quiet: json,
  });
  return { code: status, text: '', json: { step, status } };
}

async function readMetadata(path: string): Promise<z.infer<typeof Metadata> | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const read = Metadata.safeParse(parse(text));
  return read.success ? read.data : undefined;
}
