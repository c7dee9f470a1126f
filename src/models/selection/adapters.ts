import type { AdapterChoice } from '../../context/kinds/adapters.ts';
import { asProblem } from '../../context/parse.ts';
import { variables } from '../../context/variables.ts';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import type { ContextProblem } from '../../gateway/configuration.ts';
import { idOfSource, sourceText } from '../source.ts';
import { refusalKey } from '../store/refusals.ts';
import type { Assigned } from './assign-roles.ts';
import type { FetchJob, ServedAdapter } from './model.ts';
import { fetchedFrom, type Supply } from './resolve.ts';

/** The adapters of each model, as far as they are here and fit. */
export interface ChosenAdapters {
  of(modelId: string): readonly ServedAdapter[];
  readonly jobs: readonly FetchJob[];
  readonly warnings: readonly ContextProblem[];
}

/** Pure. @param reasonAgainst Why the engine did not take what has this name among refusals. */
export function chooseAdapters(
  wanted: readonly AdapterChoice[],
  models: readonly Assigned[],
  { fetched }: Pick<Supply, 'fetched'>,
  reasonAgainst: (refusable: string) => string | undefined,
): ChosenAdapters {
  const adapters = new Map<string, ServedAdapter[]>();
  const jobs: FetchJob[] = [];
  const warnings: ContextProblem[] = [];
  for (const choice of wanted) {
    const name = sourceText(choice.source);
    const found = fetchedFrom(choice.source, fetched);
    if (!found || !('adapterFor' in found.record.facts)) {
      jobs.push({ source: choice.source, id: idOfSource(choice.source), holds: 'adapter' });
      continue;
    }
    const { adapterFor, fileSize } = found.record.facts;
    const model = models.find(({ roles }) => roles.includes(choice.role))?.model;
    if (!model?.facts) continue;
    const refusable = refusalKey(found.record);
    const reason = reasonAgainst(refusable);
    if (reason !== undefined) {
      warnings.push(about(failure('ADAPTER_REFUSED_BY_ENGINE', { adapter: name, model: model.id, reason })));
      continue;
    }
    if (model.facts.architecture !== adapterFor) {
      const { architecture } = model.facts;
      const values = { adapter: name, adapterFor, model: model.id, architecture };
      warnings.push(about(failure('ADAPTER_FOR_ANOTHER', values)));
      continue;
    }
    const served = { name, path: found.path, scale: choice.scale, bytes: fileSize, refusable };
    adapters.set(model.id, [...(adapters.get(model.id) ?? []), served]);
  }
  return { of: (id) => adapters.get(id) ?? [], jobs, warnings };
}

/** What is said of an adapter that is not here. @param failed Why fetching it failed, if it did. */
export function absentAdapterWarning({ source }: FetchJob, failed: string | undefined): ContextProblem {
  const adapter = sourceText(source);
  if (failed === undefined) return about(failure('ADAPTER_NOT_HERE', { adapter }));
  return about(failure('ADAPTER_NOT_FETCHED', { adapter, reason: failed }));
}

/** A warning about the variable that names adapters. */
export function about(error: OnePilotError): ContextProblem {
  return asProblem(error, variables.loraAdapters.name);
}
