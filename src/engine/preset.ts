import type { GatewayConfiguration } from '../gateway/configuration.ts';
import type { ModelTraits } from '../models/catalogue/traits.ts';
import { embedsOnly, poolingOf, type Sized } from './sizing/candidate.ts';
import { threadsFor } from './sizing/explain.ts';
import { checkpointsPerSlot, mebibyte } from './sizing/memory.ts';
import type { Sizing } from './sizing/size-engine.ts';

/** A model's files, and what the engine has to be told of it. */
export interface ModelFiles {
  /** Absolute path of the weights. */
  readonly path: string;
  readonly adapters: readonly { readonly path: string; readonly scale: number }[];
  readonly traits: ModelTraits | undefined;
}

export interface EnginePlan {
  /** llama-server's preset file (`--models-preset`). */
  readonly preset: string;
  /** The same models as the gateway sees them. */
  readonly models: GatewayConfiguration['models'];
}

/** A comment to the engine; followed by bytes of memory. */
const madeForLine = '; made for a machine with memory of ';

/** The files that `preset` names, and the bytes of memory of the machine that it was made for. */
export function parsePreset(preset: string): { files: readonly string[]; madeFor: number } {
  const madeFor = preset.startsWith(madeForLine) ? Number.parseInt(preset.slice(madeForLine.length), 10) : 0;
  return { files: [...preset.matchAll(/^model = (.+)$/gm)].map(([, path = '']) => path), madeFor };
}

/**
 * The engine's presets. Keys are llama-server's long options (common/preset.cpp refuses any other). Pure.
 * @param filesOf The files of each model of `sizing`, by its id.
 */
export function planEngine(sizing: Sizing, filesOf: ReadonlyMap<string, ModelFiles>): EnginePlan {
  const sections = sizing.models.map((model) =>
    section(model.candidate.id, presetOptions(model, filesOf.get(model.candidate.id), sizing)),
  );
  return {
    preset: `${[`${madeForLine}${sizing.machine.memory}\nversion = 1`, ...sections].join('\n\n')}\n`,
    models: sizing.models.map(({ candidate: { id, roles, facts }, settings: { contextSize, slots } }) => ({
      id,
      roles: [...roles],
      contextSize,
      slots,
      architecture: facts.architecture,
    })),
  };
}

/** Keys of one section, as llama-server's long options without the dashes. */
export type PresetOptions = Readonly<Record<string, string | number | boolean>>;

/** The section of one model. */
export function presetOptions(
  model: Sized,
  files: ModelFiles | undefined,
  { machine, wishes }: Pick<Sizing, 'machine' | 'wishes'>,
): PresetOptions {
  const { candidate, settings } = model;
  const { contextSize, slots, batch, cacheType, promptCache, load } = settings;
  return {
    ...(files && { model: files.path }),
    'load-on-startup': true,
    // Shared out evenly among the slots: each request may use `contextSize`.
    'ctx-size': contextSize * slots,
    parallel: slots,
    'kv-unified': false,
    // A prompt that is less like the slot's content than this has the engine keep that content in its prompt cache, and
    // look there for a better one. Its default of 0.1 has conversations overwrite each other that begin alike.
    'slot-prompt-similarity': 0.9,
    threads: threadsFor(wishes, machine),
    'batch-size': batch,
    'ubatch-size': batch,
    // On CPU the prompt takes 47 s without it and 19.8 s with it (shared/reference/runtime.md).
    'flash-attn': 'on',
    'cache-type-k': cacheType,
    'cache-type-v': cacheType,
    // MiB of prompts kept beside the slots; the engine's own default is 8 GiB, whatever the machine has.
    'cache-ram': Math.floor(promptCache / mebibyte),
    'ctx-checkpoints': checkpointsPerSlot,
    // Weights that are repacked in a memory map are kept twice; mapped ones are left as they are.
    ...(load === 'read' ? { 'load-mode': 'none' } : { 'load-mode': 'mmap', repack: false }),
    ...(machine.numaNodes > 1 && { numa: 'distribute' }),
    // Everything it would adjust is set here.
    fit: 'off',
    ...(embedsOnly(candidate) ? { embeddings: true, pooling: poolingOf(candidate.facts) } : { jinja: true }),
    ...traitOptions(files?.traits),
    ...adapterOptions(files?.adapters ?? []),
  };
}

/** What a request does not say; the model's maker recommends it. */
function traitOptions(traits: ModelTraits | undefined): PresetOptions {
  if (!traits) return {};
  const { sampling, pooling, infillOrder, thinking } = traits;
  const drawn = thinking === 'yes' ? (sampling?.thinking ?? sampling?.direct) : sampling?.direct;
  return {
    ...(drawn && { temp: drawn.temperature }),
    ...(drawn?.topP !== undefined && { 'top-p': drawn.topP }),
    ...(drawn?.topK !== undefined && { 'top-k': drawn.topK }),
    ...(drawn?.minP !== undefined && { 'min-p': drawn.minP }),
    ...(drawn?.presencePenalty !== undefined && { 'presence-penalty': drawn.presencePenalty }),
    ...(drawn?.repeatPenalty !== undefined && { 'repeat-penalty': drawn.repeatPenalty }),
    ...(pooling && { pooling }),
    ...(infillOrder === 'suffix-prefix-middle' && { 'spm-infill': true }),
  };
}

/** Commas and colons of a path would end it: neither the store's own names nor sources on disks have any. */
function adapterOptions(adapters: ModelFiles['adapters']): PresetOptions {
  if (adapters.length === 0) return {};
  for (const { path } of adapters) requirePlain(path, /[,:"]/);
  return { 'lora-scaled': adapters.map(({ path, scale }) => `${path}:${scale}`).join(',') };
}

/** @throws RangeError for what nothing that gets here may hold (src/models/source.ts) */
function section(name: string, options: PresetOptions): string {
  requirePlain(name, /[\][;#\p{C}]/u);
  for (const value of Object.values(options)) requirePlain(String(value), /[;#\p{C}]/u);
  return [`[${name}]`, ...Object.entries(options).map(([key, value]) => `${key} = ${value}`)].join('\n');
}

function requirePlain(text: string, special: RegExp): void {
  if (special.test(text)) throw new RangeError(`«${text}» would be read as more than a value`);
}
