import { engineArchitectures } from '../engine/architectures.ts';
import { diagnose } from '../engine/diagnosis.ts';
import type { AdapterFacts, ModelFacts } from './facts.ts';
import { readAdapterFacts, readModelFacts } from './gguf/read-facts.ts';

/**
 * What the model in the file at `path` is, if the engine can run it.
 * @throws what `readModelFacts` throws; MODEL_ARCHITECTURE_UNSUPPORTED
 */
export function inspectModel(path: string): ModelFacts {
  const facts = readModelFacts(path);
  requireKnown(facts.architecture, path);
  return facts;
}

/**
 * What the adapter in the file at `path` is, if the engine can run models that it is for.
 * @throws what `readAdapterFacts` throws; MODEL_ARCHITECTURE_UNSUPPORTED
 */
export function inspectAdapter(path: string): AdapterFacts {
  const facts = readAdapterFacts(path);
  requireKnown(facts.adapterFor, path);
  return facts;
}

function requireKnown(architecture: string, model: string): void {
  if (!engineArchitectures.has(architecture)) throw diagnose({ model, architecture });
}
