import { failure, type OnePilotError } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { certificateRelations, type Finding } from './certificate-relations.ts';
import type { RawValues } from './context-sh.ts';
import { nearest } from './nearest.ts';
import {
  defaultSettings,
  type SettingName,
  type Settings,
  settingNames,
  variableFor,
  variableList,
} from './variables.ts';

/** Errors refuse the context; warnings are only told. */
export interface Problems {
  readonly errors: readonly ContextProblem[];
  readonly warnings: readonly ContextProblem[];
}

export interface ParsedSettings extends Problems {
  /** Where a variable was wrong it has its default here; do not act on it when there are errors. */
  readonly settings: Settings;
  /** The settings that the context gave itself, and rightly. */
  readonly given: ReadonlySet<SettingName>;
}

/** The problem as it is reported: to the admin, in the report and by the gateway. */
export function asProblem(error: OnePilotError, variable?: string): ContextProblem {
  const { code, message, fix } = error;
  return { code, ...(variable !== undefined && { variable }), what: message, fix };
}

/** The value of `name`, where an empty one means that nothing was given. */
export function given(values: RawValues, name: string): string | undefined {
  return values.get(name)?.trim() || undefined;
}

/** Reads OnePilot's own variables and reports everything that is wrong with them at once. */
export function parseSettings(values: RawValues): ParsedSettings {
  const settings = defaultSettings();
  const named = new Set<SettingName>();
  const wrong = new Set<SettingName>();
  const errors: ContextProblem[] = [];
  const warnings: ContextProblem[] = [];

  const take = <Name extends SettingName>(setting: Name): void => {
    const { name, read, secret } = variableFor[setting];
    const trimmed = given(values, name);
    if (trimmed === undefined) return;
    // A password's spaces are its own, and a problem: they must not disappear without a word.
    const reading = read(secret ? (values.get(name) ?? trimmed) : trimmed);
    if ('problems' in reading) {
      wrong.add(setting);
      errors.push(...reading.problems.map((problem) => asProblem(problem, name)));
    } else {
      settings[setting] = reading.value;
      named.add(setting);
      warnings.push(...(reading.warnings ?? []).map((warning) => asProblem(warning, name)));
    }
  };
  for (const setting of settingNames) take(setting);
  const together = certificateRelations(settings, wrong);

  return {
    settings,
    given: named,
    errors: [...errors, ...together.errors.map(told)],
    warnings: [...warnings, ...together.warnings.map(told), ...unknownVariables(values)],
  };
}

function told({ setting, problem }: Finding): ContextProblem {
  return asProblem(problem, variableFor[setting].name);
}

const prefix = 'ONEAPP_COPILOT_';

function unknownVariables(values: RawValues): ContextProblem[] {
  const known = variableList.map(({ name }) => name.slice(prefix.length));
  return [...values.keys()]
    .filter((name) => name.startsWith(prefix) && !known.includes(name.slice(prefix.length)))
    .sort()
    .map((variable) => {
      const meant = nearest(variable.slice(prefix.length), known);
      const hint =
        meant === undefined ? 'Take it out of the template.' : `Perhaps ${prefix}${meant} was meant.`;
      return asProblem(failure('CONTEXT_UNKNOWN_VARIABLE', { variable, hint }), variable);
    });
}
