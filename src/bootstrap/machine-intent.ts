import { certificateMode } from '../certificates/mode.ts';
import { type ParsedSettings, parseSettings } from '../context/parse.ts';
import { type Context, readContext } from '../context/read.ts';
import type { Settings } from '../context/variables.ts';
import type { EngineMachine } from '../engine/sizing/machine.ts';
import { type FirewallSettings, renderFirewall } from '../firewall/nftables.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { listFiles, readImageFacts } from './current.ts';
import { readText } from './files.ts';
import { decideModels, type ModelIntent } from './model-intent.ts';
import { type WantedMachine, wantedMachine } from './wanted-machine.ts';
import type { World } from './world.ts';

/** What the context says, and what it means for the machine itself. Nothing has been changed yet. */
export interface MachineIntent {
  readonly context: Context;
  readonly parsed: ParsedSettings;
  /** What is wrong with the settings, in themselves and for the models and the memory of this machine. */
  readonly errors: readonly ContextProblem[];
  /** Undefined where the image does not say which models it has: there is no service then. */
  readonly models: ModelIntent | undefined;
  readonly wanted: WantedMachine;
}

/**
 * Reads the context and decides on network, host name, SSH keys, firewall and disk, and on the models.
 * @param patience Milliseconds to wait for the context disk.
 * @param attach Attaches the disks with models that the settings name; without it, only those count that are attached.
 */
export async function readMachineIntent(
  { paths, system, now }: Pick<World, 'paths' | 'system' | 'now'>,
  hardware: EngineMachine,
  patience: number,
  attach: (settings: Settings) => Promise<void> = async () => {},
): Promise<MachineIntent> {
  const context = await readContext(paths, system, patience);
  // Of half a context nobody knows what the other half would have said: a password, for example.
  const parsed = parseSettings(context.complete ? context.values : new Map());
  // Without facts of the image there is no service, and whoever decides on it says so; the machine comes first.
  const image = await readImageFacts(paths.imageFacts).catch(() => undefined);
  await attach(parsed.settings);
  const models = image && (await decideModels(paths, parsed, image, hardware, now()));
  const errors = [...parsed.errors, ...(models?.errors ?? [])];
  const isRight = context.complete && errors.length === 0;
  const wanted = wantedMachine(
    context,
    {
      hosts: (await readText(paths.hosts)) ?? '127.0.0.1 localhost\n',
      networkFiles: await listFiles(paths.networkFiles),
    },
    isRight ? renderFirewall(firewallSettings(parsed.settings)) : undefined,
    paths,
  );
  return { context, parsed, errors, models, wanted };
}

function firewallSettings(settings: Settings): FirewallSettings {
  const { allowedNetworks, sshAllowedNetworks } = settings;
  return { allowedNetworks, sshAllowedNetworks, challenges: certificateMode(settings) === 'acme' };
}
