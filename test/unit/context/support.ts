import { parseSettings } from '../../../src/context/parse.ts';
import type { SettingName } from '../../../src/context/variables.ts';
import { variables } from '../../../src/context/variables.ts';

/** What a context of these values gives; names are without ONEAPP_COPILOT_. */
export function parse(values: Readonly<Record<string, string>>) {
  return parseSettings(
    new Map(Object.entries(values).map(([name, value]) => [`ONEAPP_COPILOT_${name}`, value])),
  );
}

/** Sets one variable alone. `problems` and `remarks` (those of the warnings) are sentences. */
export function parseOne<Name extends SettingName>(setting: Name, value: string) {
  const { settings, errors, warnings } = parse({ [variables[setting].name.slice(15)]: value });
  return {
    value: settings[setting],
    problems: errors.map(({ what }) => what),
    fixes: errors.map(({ fix }) => fix),
    warnings: warnings.map(({ code }) => code),
    remarks: warnings.map(({ what }) => what),
  };
}
