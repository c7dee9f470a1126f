import type { Finding, Rule } from './finding.ts';
import { writtenTemplate } from './import-driver.ts';
import { mapping } from './mapping.ts';
import type { Submission } from './submission.ts';

type Problem = readonly [Rule, string];

/**
 * The command line as a consumer (one, src/cli/one_helper.rb, parse_user_inputs): an input that it cannot ask for ends
 * `onetemplate instantiate`. And the form, which arranges the inputs as `inputs_order` names them.
 */
export function checkUserInputs({ entries }: Submission): Finding[] {
  return entries.flatMap(({ file, data }) => {
    const template = Object.entries(writtenTemplate(data));
    const attribute = (wanted: string) => template.find(([key]) => key.toUpperCase() === wanted)?.[1];
    const asked = Object.entries(mapping(attribute('USER_INPUTS')));
    const order = attribute('INPUTS_ORDER');
    const problems = [
      ...asked.flatMap(([name, input]) => [...nameProblems(name), ...inputProblems(name, String(input))]),
      ...orderProblems(
        asked.map(([name]) => name.toUpperCase()),
        order,
      ),
    ];
    return problems.map(([rule, problem]): Finding => ({ file, rule, problem }));
  });
}

function nameProblems(name: string): Problem[] {
  if (/^[A-Z][A-Z0-9_]*$/.test(name)) return [];
  return [['input-name', `${name} must have upper case letters, digits and underscores alone`]];
}

function orderProblems(names: readonly string[], order: unknown): Problem[] {
  const ordered = order === undefined ? [] : String(order).split(',');
  const problems = [
    ...names.filter((name) => !ordered.includes(name)).map((name) => `${name} is missing`),
    ...ordered.filter((name) => !names.includes(name)).map((name) => `«${name}» is no input`),
    ...ordered.filter((name, index) => ordered.indexOf(name) !== index).map((name) => `${name} stands twice`),
  ];
  return problems.map((problem): Problem => ['inputs-order', problem]);
}

interface Input {
  readonly optional: boolean;
  readonly options: string | undefined;
  /** Undefined where the input has three parts. */
  readonly initial: string | undefined;
}

const whole = /^-?\d+$/;
const decimal = /^-?\d+(\.\d+)?$/;

/** What is wrong with default and options, by type of input. */
const kinds: Readonly<Record<string, (input: Input) => string | undefined>> = {
  text: () => undefined,
  password: () => undefined,
  // Ruby cannot encode a default that is not there.
  text64: ({ initial }) =>
    initial === undefined ? 'needs five parts: an unanswered one ends the command' : undefined,
  boolean: ({ initial }) =>
    initial === 'YES' || initial === 'NO' ? undefined : 'needs the default YES or NO',
  number: (input) => numberProblem(input, whole),
  'number-float': (input) => numberProblem(input, decimal),
  range: (input) => rangeProblem(input, whole),
  'range-float': (input) => rangeProblem(input, decimal),
  list: (input) => listProblem(input, (initial) => [initial]),
  'list-multiple': (input) => listProblem(input, (initial) => initial.split(',')),
  fixed: ({ initial }) => (initial ? undefined : 'needs the value that it has as its default'),
};

function inputProblems(name: string, input: string): Problem[] {
  const parts = input.split('|').map((part) => part.trim());
  const [mandatory = '', type = '', description = '', options, initial] = parts;
  if (parts.length !== 3 && parts.length !== 5) return [['input-parts', `${name} has ${parts.length} parts`]];
  if (!['M', 'O'].includes(mandatory) || description === '') {
    return [['input-parts', `${name} must be M or O, a type and a description`]];
  }
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (!kind) return [['input-type', `${name} is of the type «${type}»`]];
  const problem = kind({ optional: mandatory === 'O', options, initial });
  return problem === undefined ? [] : [['input-default', `${name} ${problem}`]];
}

function numberProblem({ optional, initial }: Input, form: RegExp): string | undefined {
  if (initial === undefined)
    return optional ? 'needs five parts: an unanswered one is asked for ever' : undefined;
  return initial === '' || form.test(initial)
    ? undefined
    : `has the default «${initial}», which is no such number`;
}

function rangeProblem(input: Input, form: RegExp): string | undefined {
  const [least = '', most = '', ...more] = (input.options ?? '').split('..');
  if (more.length > 0 || !form.test(least) || !form.test(most) || Number(least) > Number(most)) {
    return 'needs a range min..max';
  }
  const { initial = '' } = input;
  if (initial !== '' && (Number(initial) < Number(least) || Number(initial) > Number(most))) {
    return `has the default ${initial}, which is not in ${least}..${most}`;
  }
  return numberProblem(input, form);
}

/** An option with a comma in it is two, of which one begins with a space or is no default. */
function listProblem(
  { optional, options = '', initial }: Input,
  chosen: (initial: string) => readonly string[],
): string | undefined {
  const offered = options.split(',');
  if (offered.some((option) => option === '' || option !== option.trim())) {
    return 'has options that are empty or begin with a space: an option cannot have a comma';
  }
  if (new Set(offered).size !== offered.length) return 'has an option twice';
  if (initial === undefined || initial === '') return optional ? undefined : 'needs a default';
  const unknown = chosen(initial).filter((option) => !offered.includes(option));
  return unknown.length === 0 ? undefined : `has the default «${initial}», which is no option`;
}
