import { asProblem } from '../context/parse.ts';
import type { Settings } from '../context/variables.ts';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem, GatewayConfiguration } from '../gateway/configuration.ts';
import type { Machine } from '../machine/observe.ts';
import type { BakedModel } from '../models/image-facts.ts';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

export interface EnginePlan {
  /** llama-server's preset file (`--models-preset`). */
  readonly preset: string;
  /** The same models as the gateway sees them. */
  readonly models: GatewayConfiguration['models'];
}

/**
 * What is wrong with the context size asked for. The default is no wish: where a model was made for less,
 * it gets less.
 */
export function contextSizeProblems(
  asked: number | undefined,
  models: readonly BakedModel[],
): ContextProblem[] {
  const largest = Math.max(...models.map(({ trainedContextSize }) => trainedContextSize));
  if (asked === undefined || asked <= largest) return [];
  const error = failure('CONTEXT_MORE_THAN_TRAINED', { asked, largest });
  return [asProblem(error, 'ONEAPP_COPILOT_CONTEXT_SIZE')];
}

/**
 * The engine's presets for the models of the image. Keys are llama-server's long options (common/preset.cpp
 * refuses any other).
 * @param store Directory of the models.
 */
export function planEngine(
  models: readonly BakedModel[],
  settings: Pick<Settings, 'contextSize' | 'cpuThreads'>,
  machine: Pick<Machine, 'cpus' | 'memory'>,
  store: string,
): EnginePlan {
  const planned = models.map((model) => ({
    model,
    contextSize: Math.min(settings.contextSize, model.trainedContextSize),
  }));
  const sections = planned.map(({ model, contextSize }) =>
    section(model.id, {
      model: `${store}/${model.file}`,
      'load-on-startup': true,
      ...sizing(model, contextSize, settings.cpuThreads, machine),
    }),
  );
  return {
    preset: `${['version = 1', ...sections].join('\n\n')}\n`,
    models: planned.map(({ model: { id, roles }, contextSize }) => ({ id, roles: [...roles], contextSize })),
  };
}

type Options = Readonly<Record<string, string | number | boolean>>;

function sizing(
  model: BakedModel,
  contextSize: number,
  cpuThreads: number,
  machine: Pick<Machine, 'cpus' | 'memory'>,
): Options {
  const embedsOnly = model.roles.every((role) => role === 'embed');
  // Two at once need cores and a second context's memory.
  const parallel = !embedsOnly && machine.cpus >= 4 && machine.memory >= 8 * gibibyte ? 2 : 1;
  return {
    // Shared out evenly among the slots: each request may use `contextSize`.
    'ctx-size': contextSize * parallel,
    parallel,
    'kv-unified': false,
    threads: cpuThreads || machine.cpus,
    // On CPU the prompt takes 47 s without it and 19.8 s with it (shared/reference/runtime.md).
    'flash-attn': 'on',
    // MiB of prompts kept beside the slots; the engine's own default is 8 GiB, whatever the machine has.
    'cache-ram': Math.min(2048, Math.floor(machine.memory / 8 / mebibyte)),
    // Weights are repacked for the CPU: a memory map would keep a second copy of them.
    'load-mode': 'none',
    // Everything it would adjust is set here.
    fit: 'off',
    ...(embedsOnly
      ? { embeddings: true, 'batch-size': batchFor(contextSize), 'ubatch-size': batchFor(contextSize) }
      : { jinja: true }),
  };
}

/** An embedding is made in one batch, so the batch bounds the text; 8192 tokens bound the batch's memory. */
function batchFor(contextSize: number): number {
  return Math.min(contextSize, 8192);
}

function section(name: string, options: Options): string {
  return [`[${name}]`, ...Object.entries(options).map(([key, value]) => `${key} = ${value}`)].join('\n');
}
