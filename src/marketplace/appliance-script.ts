import type { Manifest } from '../builder/manifest.ts';
import { userInputs } from '../context/user-inputs.ts';

/**
 * `appliance.sh`: the service functions that one-apps' framework calls.
 * @param template appliance/marketplace/appliance.sh, with places for version, build time and parameters
 */
export function renderApplianceScript(template: string, { version, createdAt }: Manifest): string {
  return template
    .replace('@VERSION@', version)
    .replace('@BUILD@', String(createdAt))
    .replace('@PARAMETERS@', () => parameters().join('\n'));
}

/** Four words for each variable: name, stage, description, and input as `O|type`. */
function parameters(): string[] {
  return Object.entries(userInputs().user_inputs).map(([name, input]) => {
    const [mandatory, type, description = ''] = input.split('|');
    return `    ${[name, 'configure', description, `${mandatory}|${type}`].map(singleQuoted).join(' ')}`;
  });
}

/** A word of POSIX shell in which nothing is special (XCU 2.2.2). */
function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
