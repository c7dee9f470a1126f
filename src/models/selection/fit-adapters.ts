import { failure } from '../../errors/catalogue.ts';
import type { ContextProblem } from '../../gateway/configuration.ts';
import { checkGguf, type TensorEntry } from '../gguf/header.ts';
import { about } from './adapters.ts';
import type { ServedModel } from './model.ts';
import type { Selection } from './select.ts';

type Tensors = readonly Pick<TensorEntry, 'name' | 'dimensions'>[];

/**
 * The selection without the adapters whose tensors are not those of their model: the engine would load neither. Reads
 * the headers of models that have adapters, and of these; what cannot be read is left to the engine to judge.
 */
export function withFittingAdapters(selection: Selection): Selection {
  const warnings: ContextProblem[] = [];
  const served = selection.served.map((entry): ServedModel => {
    if (entry.adapters.length === 0) return entry;
    const { id, here } = entry.model;
    const tensors = tensorsOf(here);
    const adapters = entry.adapters.filter(({ name, path }) => {
      const reason = tensors && misfit(tensorsOf(path) ?? [], tensors);
      if (reason === undefined) return true;
      warnings.push(about(failure('ADAPTER_DOES_NOT_FIT', { adapter: name, model: id, reason })));
      return false;
    });
    return { ...entry, adapters };
  });
  return { ...selection, served, warnings: [...selection.warnings, ...warnings] };
}

function tensorsOf(path: string): Tensors | undefined {
  try {
    return checkGguf(path).tensors;
  } catch {
    return undefined;
  }
}

/**
 * Why the engine would not apply `adapter` to `model` (`llama_adapter_lora_init_impl` in llama-adapter.cpp of llama.cpp
 * v0.5.0); undefined where it would. Pure.
 */
export function misfit(adapter: Tensors, model: Tensors): string | undefined {
  const byName = new Map(model.map(({ name, dimensions }) => [name, dimensions]));
  const outputs = new Map(
    adapter.flatMap(({ name, dimensions }) =>
      name.endsWith('.lora_b') ? [[name.slice(0, -'.lora_b'.length), dimensions] as const] : [],
    ),
  );
  for (const { name, dimensions: a } of adapter) {
    if (!name.endsWith('.lora_a')) continue;
    const base = name.slice(0, -'.lora_a'.length);
    const [b, whole] = [outputs.get(base), byName.get(base)];
    if (!b) return `it has ${name} without its counterpart`;
    if (!whole) return `the model has no ${base}`;
    // Rows of the embedding are looked up, not multiplied with: there, the two halves change places.
    const [input, output] = base.endsWith('token_embd.weight') ? [b[1], a[1]] : [a[0], b[1]];
    if (input !== whole[0] || output !== whole[1]) {
      return `${base} is ${whole[0]} × ${whole[1]} there and ${input} × ${output} here`;
    }
  }
  return undefined;
}
