import { Scalar, stringify } from 'yaml';

/**
 * A YAML document for readers of YAML 1.1, which Ruby's Psych and PyYAML are: YES, 0755 and 12:30 are quoted where they
 * are strings. yamllint with its defaults, line-length off, finds nothing in it.
 * @param about lines of a comment at the top
 */
export function yamlDocument(value: unknown, about: readonly string[] = []): string {
  const comment = about.map((line) => `# ${line}\n`).join('');
  return `---\n${comment}${stringify(value, { version: '1.1', lineWidth: 0 })}`;
}

/** A string that stays in quotes, so that no reader and no later edit makes a number of it. */
export function quoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_SINGLE;
  return scalar;
}
