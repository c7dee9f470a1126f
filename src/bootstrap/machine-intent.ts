import { type ParsedSettings, parseSettings } from '../context/parse.ts';
import { type Context, readContext } from '../context/read.ts';
import { contextSizeProblems } from '../engine/preset.ts';
import { renderFirewall } from '../firewall/nftables.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { listFiles, readImageFacts } from './current.ts';
import { readText } from './files.ts';
import { type WantedMachine, wantedMachine } from './wanted-machine.ts';
import type { World } from './world.ts';

/** What the context says, and what it means for the machine itself. Nothing has been changed yet. */
export interface MachineIntent {
  readonly context: Context;
  readonly parsed: ParsedSettings;
  /** What is wrong with the settings, for the models of this image too. */
  readonly errors: readonly ContextProblem[];
  readonly wanted: WantedMachine;
}

/**
 * Reads the context and decides on network, host name, SSH keys, firewall and disk.
 * @param patience Milliseconds to wait for the context disk.
 */
export async function readMachineIntent(
  { paths, system }: Pick<World, 'paths' | 'system'>,
  patience: number,
): Promise<MachineIntent> {
  const context = await readContext(paths, system, patience);
  // Of half a context nobody knows what the other half would have said: a password, for example.
  const parsed = parseSettings(context.complete ? context.values : new Map());
  const errors = [...parsed.errors, ...(await modelProblems(parsed, paths.imageFacts))];
  const isRight = context.complete && errors.length === 0;
  const wanted = wantedMachine(
    context,
    {
      hosts: (await readText(paths.hosts)) ?? '127.0.0.1 localhost\n',
      networkFiles: await listFiles(paths.networkFiles),
    },
    isRight ? renderFirewall(parsed.settings) : undefined,
    paths,
  );
  return { context, parsed, errors, wanted };
}

/** Without facts of the image there is no service, and whoever decides on it says so; the machine comes first. */
async function modelProblems(
  { given, settings }: ParsedSettings,
  imageFacts: string,
): Promise<readonly ContextProblem[]> {
  const image = await readImageFacts(imageFacts).catch(() => undefined);
  const asked = given.has('contextSize') ? settings.contextSize : undefined;
  return image ? contextSizeProblems(asked, image.models) : [];
}
