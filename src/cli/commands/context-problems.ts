import { readImageFacts } from '../../bootstrap/current.ts';
import { readText } from '../../bootstrap/files.ts';
import { decideModels } from '../../bootstrap/model-intent.ts';
import type { RawValues } from '../../context/context-sh.ts';
import { type Problems, parseSettings } from '../../context/parse.ts';
import type { Secret } from '../../context/secret.ts';
import type { EngineMachine } from '../../engine/sizing/machine.ts';
import { parseHostname, parseSshKeys } from '../../machine/identity.ts';
import type { Paths } from '../../machine/paths.ts';
import type { ImageFacts } from '../../models/image-facts.ts';
import { parseInterfaces } from '../../network/interfaces.ts';
import { parseOneGate } from '../../onegate/settings.ts';

/** What the image says about itself; undefined where there is none. @throws AGENT_BAD_IMAGE_FACTS */
export async function imageIfAny(path: string): Promise<ImageFacts | undefined> {
  return (await readText(path)) === undefined ? undefined : readImageFacts(path);
}

/**
 * Everything that is wrong with a context, as the agent would find it.
 * @param appliance Whose models and memory are the limits, where that is known.
 */
export async function checkValues(
  values: RawValues,
  token: Secret | undefined,
  appliance:
    | { readonly paths: Paths; readonly image: ImageFacts; readonly hardware: EngineMachine }
    | undefined,
): Promise<Problems> {
  const parsed = parseSettings(values);
  const { errors, warnings } = parsed;
  const models =
    appliance && (await decideModels(appliance.paths, parsed, appliance.image, appliance.hardware));
  return {
    errors: [...parseInterfaces(values).problems, ...errors, ...(models?.errors ?? [])],
    warnings: [
      ...parseHostname(values).warnings,
      ...parseSshKeys(values).warnings,
      ...warnings,
      ...(models?.warnings ?? []),
      ...parseOneGate(values, token).warnings,
    ],
  };
}
