import { readImageFacts } from '../../bootstrap/current.ts';
import { readText } from '../../bootstrap/files.ts';
import type { RawValues } from '../../context/context-sh.ts';
import { type Problems, parseSettings } from '../../context/parse.ts';
import type { Secret } from '../../context/secret.ts';
import { contextSizeProblems } from '../../engine/preset.ts';
import { parseHostname, parseSshKeys } from '../../machine/identity.ts';
import type { ImageFacts } from '../../models/image-facts.ts';
import { wantedModels } from '../../models/wanted-model.ts';
import { parseInterfaces } from '../../network/interfaces.ts';
import { parseOneGate } from '../../onegate/settings.ts';

/** What the image says about itself; undefined where there is none. @throws AGENT_BAD_IMAGE_FACTS */
export async function imageIfAny(path: string): Promise<ImageFacts | undefined> {
  return (await readText(path)) === undefined ? undefined : readImageFacts(path);
}

/**
 * Everything that is wrong with a context, as the agent would find it. Pure.
 * @param image Whose limits hold, where that is known.
 */
export function checkValues(
  values: RawValues,
  token: Secret | undefined,
  image: Pick<ImageFacts, 'models'> | undefined,
): Problems {
  const { settings, given, errors, warnings } = parseSettings(values);
  const chosen = image && wantedModels(settings.aiModel, image.models);
  const asked = given.has('contextSize') ? settings.contextSize : undefined;
  return {
    errors: [
      ...parseInterfaces(values).problems,
      ...errors,
      ...(chosen ? contextSizeProblems(asked, chosen.models) : []),
    ],
    warnings: [
      ...parseHostname(values).warnings,
      ...parseSshKeys(values).warnings,
      ...warnings,
      ...(chosen?.warnings ?? []),
      ...parseOneGate(values, token).warnings,
    ],
  };
}
