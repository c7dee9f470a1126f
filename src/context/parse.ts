import { failure, type OnePilotError } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { RawValues } from './context-sh.ts';
import { defaultSettings, type SettingName, type Settings, settingNames, variableFor } from './variables.ts';

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
  const errors: ContextProblem[] = [];

  const take = <Name extends SettingName>(setting: Name): void => {
    const { name, read, secret } = variableFor[setting];
    // A password's spaces are its own, and a problem: they must not disappear without a word.
    const raw = secret ? values.get(name) || undefined : given(values, name);
    if (raw === undefined) return;
    const reading = read(raw);
    if ('problem' in reading) {
      errors.push(asProblem(reading.problem, name));
    } else {
      settings[setting] = reading.value;
      named.add(setting);
    }
  };
  for (const setting of settingNames) take(setting);

  return { settings, given: named, errors, warnings: unknownVariables(values) };
}

function unknownVariables(values: RawValues): ContextProblem[] {
  const known = new Set<string>(settingNames.map((setting) => variableFor[setting].name));
  return [...values.keys()]
    .filter((name) => name.startsWith('ONEAPP_COPILOT_') && !known.has(name))
    .sort()
    .map((variable) =>
      asProblem(failure('CONTEXT_UNKNOWN_VARIABLE', { variable, known: [...known].join(', ') }), variable),
    );
}
