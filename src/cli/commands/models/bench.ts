import { shownBytes } from '../../../engine/sizing/explain.ts';
import { bytesOf, modelMemory } from '../../../engine/sizing/memory.ts';
import { failure } from '../../../errors/catalogue.ts';
import { readModelFacts } from '../../../models/gguf/read-facts.ts';
import type { Call, Result } from '../command.ts';
import { done } from '../exit-codes.ts';
import { asText, columns } from '../text.ts';
import {
  answerTokens,
  benchCommand,
  type Measured,
  parseMeasured,
  promptTokens,
  type Rate,
} from './llama-bench.ts';
import { type PresetModel, readPresetModels } from './preset-models.ts';
import { type Surroundings, thisMachine } from './surroundings.ts';

const program = '/usr/lib/onepilot/engine/llama-bench';

/** Milliseconds: a large model on a slow disk takes minutes to load, and as long to read a prompt. */
const longest = 60 * 60_000;

/**
 * `onepilot models bench [NAME]`: what the engine reaches with a model it serves, by itself and for one at a time.
 * @throws COMMAND_MODEL_NOT_SERVED, COMMAND_ENGINE_BUSY, COMMAND_BENCH_NO_ROOM, COMMAND_BENCH_FAILED, MODEL_NOT_GGUF,
 * MODEL_TRUNCATED
 */
export async function benchModel(
  { words: [id], flag, world }: Pick<Call, 'words' | 'flag' | 'world'>,
  surroundings: Pick<Surroundings, 'requestsInFlight' | 'availableMemory'> = thisMachine,
): Promise<Result> {
  const served = await readPresetModels(world.paths.enginePreset);
  const model = id === undefined ? served[0] : served.find((candidate) => candidate.id === id);
  if (!model) {
    const names = served.map((candidate) => candidate.id).join(', ') || 'none';
    throw failure('COMMAND_MODEL_NOT_SERVED', { model: id ?? 'a model', served: names });
  }
  const requests = (await surroundings.requestsInFlight()) ?? 0;
  if (requests > 0 && !flag('force')) throw failure('COMMAND_ENGINE_BUSY', { requests });
  requireRoom(model, surroundings.availableMemory());
  world.say(`Measuring ${model.id}. Whoever asks the engine meanwhile waits longer, and spoils the figures.`);

  const { status, stdout, stderr } = await world.capture(benchCommand(program, model), longest);
  const measured = status === 0 ? parseMeasured(stdout) : undefined;
  if (!measured) {
    const said = stderr.trim().split('\n').at(-1) ?? '';
    throw failure('COMMAND_BENCH_FAILED', { model: model.id, reason: said || `exit status ${status}` });
  }
  return result(model, measured);
}

/** A second copy of the weights must have room, or the kernel ends the engine. @throws COMMAND_BENCH_NO_ROOM */
function requireRoom({ id, path, options }: PresetModel, free: number): void {
  const need = modelMemory(readModelFacts(path), {
    contextSize: promptTokens + answerTokens,
    slots: 1,
    batch: Number(options.get('ubatch-size') ?? promptTokens),
    cacheType: 'f16',
    promptCache: 0,
    // It repacks weights whatever the preset says, and then has them in memory of its own.
    load: 'read',
    adapters: 0,
    embeds: false,
  });
  const needs = bytesOf(need.anonymous);
  if (needs <= free) return;
  throw failure('COMMAND_BENCH_NO_ROOM', { model: id, needs: shownBytes(needs), free: shownBytes(free) });
}

function result({ id, options }: PresetModel, measured: Measured): Result {
  const { threads, batch, prompt, answer } = measured;
  const row = (what: string, found: Rate | null) =>
    found ? [[what, `${found.tokens}`, found.rate.toFixed(1), found.deviation.toFixed(1)]] : [];
  // llama-bench has no option against repacking.
  const isMapped = options.get('repack') === 'false';
  return {
    code: done,
    text: asText([
      `${id}, ${threads} threads, batches of ${batch}`,
      '',
      ...columns([['', 'TOKENS', 'TOKENS/S', '±'], ...row('prompt', prompt), ...row('answer', answer)]),
    ]),
    json: { id, ...measured },
    notes: isMapped
      ? ['Measured with repacked weights; the engine serves this model from mapped ones, which are slower.']
      : [],
  };
}
