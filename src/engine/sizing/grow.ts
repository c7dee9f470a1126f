import { chats, contextSizes, embedsOnly, type Sized, type Wishes, withContext } from './candidate.ts';
import { type EngineMachine, largestPromptCache } from './machine.ts';
import { fullSlot, type ModelSettings, mebibyte } from './memory.ts';

type Fits = (models: readonly Sized[], machine: EngineMachine) => boolean;

/** What one model may be given more of: settings to try, the best first. */
interface Wish {
  readonly applies: (model: Sized) => boolean;
  readonly better: (model: Sized) => readonly Partial<ModelSettings>[];
}

/** From so many cores on, two answers at once do not starve each other. */
const coresForTwo = 4;

/** Context with which an agent can work at all. */
const workingContext = 16_384;

/** MiB of the largest prompt cache and of smaller ones. */
const cacheSizes = [2048, 1536, 1024, 768, 512, 256, 128];

/**
 * Gives the models more, as long as there is room: what people miss most comes first. Pure.
 */
export function grown(
  models: readonly Sized[],
  wishes: Wishes,
  machine: EngineMachine,
  fits: Fits,
): readonly Sized[] {
  return wishList(wishes, machine).reduce((current, wish) => fulfilled(current, wish, machine, fits), models);
}

function wishList(wishes: Wishes, machine: EngineMachine): readonly Wish[] {
  const context =
    (limit: number) =>
    ({ candidate, settings }: Sized) =>
      contextSizes(candidate, wishes, machine.cores)
        .filter((size) => size <= limit && size > settings.contextSize)
        .map((size) => withContext(candidate, settings, size));
  const promptCache = (most: number) => (model: Sized) =>
    cacheSizes
      .map((size) => ({ promptCache: size * mebibyte }))
      .filter((cache) => cache.promptCache <= most && cache.promptCache > model.settings.promptCache);
  const isChat = ({ candidate }: Sized) => chats(candidate);
  const isComplete = ({ candidate }: Sized) => !chats(candidate) && !embedsOnly(candidate);
  const isEmbed = ({ candidate }: Sized) => embedsOnly(candidate);
  return [
    { applies: isChat, better: context(workingContext) },
    { applies: isComplete, better: context(Number.POSITIVE_INFINITY) },
    { applies: isEmbed, better: context(2048) },
    // Beside the slot, room for one more conversation.
    { applies: isChat, better: (model) => [conversation(model)] },
    { applies: isChat, better: context(32_768) },
    { applies: isComplete, better: promptCache(256 * mebibyte) },
    { applies: isChat, better: () => (machine.cores >= coresForTwo ? [{ slots: 2 }] : []) },
    { applies: isEmbed, better: context(Number.POSITIVE_INFINITY) },
    { applies: isChat, better: context(Number.POSITIVE_INFINITY) },
    { applies: isChat, better: promptCache(Math.min(largestPromptCache, machine.memory / 8)) },
  ];
}

/** A prompt cache that holds one full context, in whole MiB. */
function conversation({ candidate, settings }: Sized): Partial<ModelSettings> {
  const size = Math.ceil(fullSlot(candidate.facts, settings) / mebibyte) * mebibyte;
  return { promptCache: Math.min(size, largestPromptCache) };
}

function fulfilled(
  models: readonly Sized[],
  { applies, better }: Wish,
  machine: EngineMachine,
  fits: Fits,
): readonly Sized[] {
  let current = models;
  for (const model of models) {
    if (!applies(model)) continue;
    for (const more of better(model)) {
      const tried = current.map((other) =>
        other === model ? { ...other, settings: { ...other.settings, ...more } } : other,
      );
      if (!fits(tried, machine)) continue;
      current = tried;
      break;
    }
  }
  return current;
}
