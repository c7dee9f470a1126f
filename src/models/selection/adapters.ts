import type { AdapterChoice } from '../../context/kinds/adapters.ts';
import { asProblem } from '../../context/parse.ts';
import { variables } from '../../context/variables.ts';
import { failure } from '../../errors/catalogue.ts';
import type { ContextProblem } from '../../gateway/configuration.ts';
import { idOfSource, sourceText } from '../source.ts';
import type { Assigned } from './assign-roles.ts';
import type { FetchJob, ServedAdapter } from './model.ts';
import { fetchedFrom, type Supply } from './resolve.ts';

/** The adapters of each model, as far as they are here and fit. */
export interface ChosenAdapters {
  of(modelId: string): readonly ServedAdapter[];
  readonly jobs: readonly FetchJob[];
  readonly warnings: readonly ContextProblem[];
}

/** Pure. */
export function chooseAdapters(
  wanted: readonly AdapterChoice[],
  models: readonly Assigned[],
  { fetched }: Pick<Supply, 'fetched'>,
): ChosenAdapters {
  const adapters = new Map<string, ServedAdapter[]>();
  const jobs: FetchJob[] = [];
  const warnings: ContextProblem[] = [];
  const warn = (error: Parameters<typeof asProblem>[0]) =>
    warnings.push(asProblem(error, variables.loraAdapters.name));
  for (const choice of wanted) {
    const adapter = sourceText(choice.source);
    const found = fetchedFrom(choice.source, fetched);
    if (!found || !('adapterFor' in found.record.facts)) {
      jobs.push({ source: choice.source, id: idOfSource(choice.source), holds: 'adapter' });
      warn(failure('ADAPTER_NOT_HERE', { adapter }));
      continue;
    }
    const { adapterFor, fileSize } = found.record.facts;
    const model = models.find(({ roles }) => roles.includes(choice.role))?.model;
    if (!model?.facts) continue;
    if (model.facts.architecture !== adapterFor) {
      const { architecture } = model.facts;
      warn(failure('ADAPTER_FOR_ANOTHER', { adapter, adapterFor, model: model.id, architecture }));
      continue;
    }
    const served = { path: found.path, scale: choice.scale, bytes: fileSize };
    adapters.set(model.id, [...(adapters.get(model.id) ?? []), served]);
  }
  return { of: (id) => adapters.get(id) ?? [], jobs, warnings };
}
