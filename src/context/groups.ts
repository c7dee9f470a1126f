import type { Variable } from './variable.ts';
import { variableList } from './variables.ts';

/** The variables under their headings, both in the order of forms. */
export function variableGroups(): readonly (readonly [string, readonly Variable<unknown>[]])[] {
  return [...Map.groupBy(variableList, ({ group }) => group)];
}
