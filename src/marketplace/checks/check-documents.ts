import type { Variable } from '../../context/variable.ts';
import { variableList } from '../../context/variables.ts';
import type { Finding } from './finding.ts';
import { type TableRow, tableRows } from './markdown-table.ts';
import { appFile, type Submission } from './submission.ts';

/** People as consumers: README.md and CHANGELOG.md; and of the pull request the line that the workflow reads. */
export function checkDocuments(submission: Submission): Finding[] {
  return [...readme(submission), ...changelog(submission), ...pullRequest(submission)];
}

/** The column that names the variable, as the marketplace's example calls it. */
const nameColumn = 'parameter';

function readme(submission: Submission): Finding[] {
  const { file, content } = appFile(submission, 'README.md');
  const rows = tableRows(content?.toString() ?? '').filter((row) => row[nameColumn] !== undefined);
  const offered = variableList.filter((variable) => variable.offered);
  const strangers = rows
    .map(variableOf)
    .filter((name) => !offered.some((variable) => variable.name === name));
  const problems = [
    ...offered.flatMap((variable) => rowProblems(variable, rows)),
    ...strangers.map((name) => `«${name}» is no variable of the form`),
  ];
  return problems.map((problem) => ({ file, rule: 'readme-table', problem }));
}

function variableOf(row: TableRow): string {
  return (row[nameColumn] ?? '').replaceAll('`', '');
}

function rowProblems(
  { name, shownDefault, help, rule }: Variable<unknown>,
  rows: readonly TableRow[],
): string[] {
  const found = rows.filter((row) => variableOf(row) === name);
  const [row] = found;
  if (!row || found.length > 1) return [`${name} has ${found.length} rows`];
  const initial = shownDefault === '' ? 'not set' : `\`${shownDefault}\``;
  const about = `${help} It is ${rule}.`;
  return [
    ...(row.default === initial ? [] : [`${name} has the default ${initial}, not ${row.default}`]),
    ...(row.description === about
      ? []
      : [`${name} is described as «${row.description}», which is not what it is`]),
  ];
}

function changelog(submission: Submission): Finding[] {
  const { file, content } = appFile(submission, 'CHANGELOG.md');
  const titles = [...(content?.toString() ?? '').matchAll(/^## \[?([^\]\s]+)/gm)].map(([, title]) => title);
  const versions = [...new Set(submission.entries.map(({ data }) => String(data.version)))];
  // Entries of an image and of a disk of models are of different days: the release itself is enough.
  const releases = new Set(titles.map((title) => title?.split('-')[0]));
  return versions
    .filter((version) => !releases.has(version.split('-')[0]))
    .map((version) => ({ file, rule: 'changelog', problem: `has no section for ${version}` }));
}

/** marketplace-community, .github/workflows/state_machine.yml: all that follows `:app: ` on its lines, joined. */
function pullRequest({ app, files }: Submission): Finding[] {
  const file = 'PULL_REQUEST.md';
  const body = files.get(file)?.toString();
  // A checkout has none.
  if (body === undefined) return [];
  const named = [...body.matchAll(/^:app: (.*)$/gm)].map(([, name]) => name).join('');
  if (named === app) return [];
  return [{ file, rule: 'pull-request', problem: `:app: is «${named}», the directory ${app}` }];
}
