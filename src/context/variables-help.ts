import { wrap } from '../report/wrap.ts';
import { variableGroups } from './groups.ts';
import type { Variable } from './variable.ts';

/** Every variable for reading on a terminal: `onepilot help variables`. */
export function renderVariablesHelp(): string {
  const sections = variableGroups().map(([group, variables]) =>
    [group, ...variables.flatMap((variable) => ['', ...describe(variable)])].join('\n'),
  );
  const introduction = 'Variables of the context. An empty one counts as not set.';
  return `${[introduction, ...sections].join('\n\n')}\n`;
}

function describe(variable: Variable<unknown>): string[] {
  const { name, help, rule, example, secret, since, shownDefault } = variable;
  const facts = [
    `It is ${rule}.`,
    shownDefault === '' ? 'Not set by default.' : `Default: ${shownDefault}.`,
    ...(secret ? ['Secret: never shown.'] : []),
    `Since ${since}.`,
  ];
  return [
    `  ${name}`,
    ...wrap(help.replaceAll('`', ''), '    '),
    ...wrap(facts.join(' '), '    '),
    `    Example: ${example}`,
  ];
}
