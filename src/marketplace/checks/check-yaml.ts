import { isAlias, isNode, parseDocument, visit } from 'yaml';
import type { Finding } from './finding.ts';
import type { Submission } from './submission.ts';

/** Tags of plain YAML: text, numbers, truth, nothing, lists and mappings. */
const plain = /^(!|tag:yaml\.org,2002:(str|int|float|bool|null|seq|map))$/;

/**
 * Ruby's Psych as a consumer, of the marketplace's server and of the test harness: since version 4, `YAML.load_file`
 * refuses aliases, dates that are not quoted and objects of other classes, and the program ends.
 */
export function checkYaml({ app, files }: Submission): Finding[] {
  return [...files]
    .filter(([path]) => path.startsWith(`appliances/${app}/`) && path.endsWith('.yaml'))
    .flatMap(([file, content]) =>
      refused(content.toString()).map((what): Finding => ({ file, rule: 'yaml-plain', problem: what })),
    );
}

function refused(text: string): string[] {
  const document = parseDocument(text, { version: '1.1' });
  const found: string[] = [];
  if (document.errors.length > 0) return found;
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) found.push(`*${node.source} is an alias`);
      else if (isNode(node) && node.tag !== undefined && !plain.test(node.tag))
        found.push(`has the tag ${node.tag}`);
    },
    Scalar(_, { value, source }) {
      if (value instanceof Date) found.push(`${source ?? ''} is a date: quote it`);
    },
  });
  return found;
}
