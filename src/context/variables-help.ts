import { variableGroups } from './groups.ts';
import type { Variable } from './variable.ts';

/** Columns that a terminal is taken to have. */
const columns = 96;

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
    ...wrapped(help.replaceAll('`', ''), '    '),
    ...wrapped(facts.join(' '), '    '),
    `    Example: ${example}`,
  ];
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > columns && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
