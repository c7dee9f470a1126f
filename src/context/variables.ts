import { failure, type OnePilotError } from '../errors/catalogue.ts';
import { Secret } from './secret.ts';

/** What a raw string turned out to be. */
export type Reading<Value> = { readonly value: Value } | { readonly problem: OnePilotError };

interface Description {
  readonly name: `ONEAPP_COPILOT_${string}`;
  /** Heading under which documentation and forms list it. */
  readonly group: string;
  /** Place in forms (`inputs_order`), ascending. */
  readonly order: number;
  readonly help: string;
  readonly example: string;
  /** Version of OnePilot that first understood it. */
  readonly since: string;
}

/** One variable of the context. `Value` is what the appliance works with. */
export interface Variable<Value> extends Description {
  /** Type in OpenNebula's `user_inputs`. */
  readonly type: 'password' | 'number';
  readonly secret: boolean;
  readonly default: Value;
  /** Inclusive limits: of the number, or of a password's length in characters. */
  readonly minimum: number;
  readonly maximum: number;
  /** Reads a value that is not empty. Problems never contain a secret. */
  readonly read: (raw: string) => Reading<Value>;
}

interface Limits {
  readonly minimum: number;
  readonly maximum: number;
}

function wholeNumber(row: Description & Limits & { readonly default: number }): Variable<number> {
  const { name, minimum, maximum, example } = row;
  return {
    ...row,
    type: 'number',
    secret: false,
    read(raw) {
      const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
      if (value >= minimum && value <= maximum) return { value };
      const found = raw.length > 40 ? `${raw.slice(0, 40)}…` : raw;
      return { problem: failure('CONTEXT_BAD_NUMBER', { variable: name, found, minimum, maximum, example }) };
    },
  };
}

function password(row: Description & Limits): Variable<Secret | undefined> {
  const { name, minimum, maximum } = row;
  return {
    ...row,
    type: 'password',
    secret: true,
    default: undefined,
    read(raw) {
      if (raw.length >= minimum && raw.length <= maximum && /^[!-~]+$/.test(raw)) {
        return { value: new Secret(raw) };
      }
      return { problem: failure('CONTEXT_BAD_PASSWORD', { variable: name, minimum, maximum }) };
    },
  };
}

/** Every variable of the context that is OnePilot's own. Settings, parser, forms and documentation follow it. */
export const variables = {
  apiPassword: password({
    name: 'ONEAPP_COPILOT_API_PASSWORD',
    group: 'Access',
    order: 1,
    minimum: 8,
    maximum: 256,
    help: 'API key that clients present. When empty, one is made on the VM: `onepilot key` shows it.',
    example: 'correct-horse-battery',
    since: '0.1.0',
  }),
  contextSize: wholeNumber({
    name: 'ONEAPP_COPILOT_CONTEXT_SIZE',
    group: 'Model',
    order: 2,
    minimum: 512,
    maximum: 1_048_576,
    default: 32_768,
    help: 'Tokens that one request may use, prompt and answer together. More needs more memory.',
    example: '32768',
    since: '0.1.0',
  }),
  cpuThreads: wholeNumber({
    name: 'ONEAPP_COPILOT_CPU_THREADS',
    group: 'Model',
    order: 3,
    minimum: 0,
    maximum: 512,
    default: 0,
    help: 'Threads that compute; 0 means one for each CPU.',
    example: '0',
    since: '0.1.0',
  }),
};

export type SettingName = keyof typeof variables;

/** What the context asks for, typed; a variable that was not given has its default. */
export type Settings = {
  [Name in SettingName]: (typeof variables)[Name] extends Variable<infer Value> ? Value : never;
};

/** The table once more, as a type in which the compiler can follow a name from a variable to its setting. */
export const variableFor: { readonly [Name in SettingName]: Variable<Settings[Name]> } = variables;

/** The names of all settings, in the order of forms. */
export const settingNames: readonly SettingName[] = ['apiPassword', 'contextSize', 'cpuThreads'];

/** Settings of a machine whose context says nothing. */
export function defaultSettings(): Settings {
  return {
    apiPassword: variables.apiPassword.default,
    contextSize: variables.contextSize.default,
    cpuThreads: variables.cpuThreads.default,
  };
}
