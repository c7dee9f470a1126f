import { readText } from '../../../bootstrap/files.ts';

/** A model as the engine's preset file has it (src/engine/preset.ts writes it). */
export interface PresetModel {
  readonly id: string;
  /** Absolute path of its weights. */
  readonly path: string;
  /** Absolute paths of its adapters. */
  readonly adapters: readonly string[];
  /** The other options of llama-server, without their dashes. */
  readonly options: ReadonlyMap<string, string>;
}

/** The models that the engine is told to serve, in their order; none where it has not been told anything yet. */
export async function readPresetModels(path: string): Promise<readonly PresetModel[]> {
  return presetModels((await readText(path)) ?? '');
}

/** The sections of a preset file that name a model. Pure. */
export function presetModels(text: string): readonly PresetModel[] {
  const sections: { readonly id: string; readonly options: Map<string, string> }[] = [];
  for (const line of text.split('\n')) {
    const id = /^\[(.+)\]$/.exec(line.trim())?.[1];
    if (id !== undefined) sections.push({ id, options: new Map() });
    const [, key, value] = /^([a-z0-9-]+) = (.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined) sections.at(-1)?.options.set(key, value);
  }
  return sections.flatMap(({ id, options }) => {
    const path = options.get('model');
    if (path === undefined) return [];
    const adapters = (options.get('lora-scaled') ?? '').split(',').filter((entry) => entry !== '');
    return [{ id, path, adapters: adapters.map((entry) => entry.replace(/:[^:]*$/, '')), options }];
  });
}
