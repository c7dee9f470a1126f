/** A template of the core: attributes with a value, and vectors with several. */
export type CoreTemplate = ReadonlyMap<string, string | ReadonlyMap<string, string>>;

const attribute = /\s*([A-Za-z_]\w*)\s*=\s*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/sy;
const opening = /\[/y;
const separator = /\s*,/y;
const closing = /\s*\]/y;
const rest = /\s*$/y;

/**
 * Reads what the import driver writes, as the core does: quoted values, in which a backslash makes a quote a part of
 * the value (docs.opennebula.io, «Template File Format»).
 * @throws SyntaxError at anything else
 */
export function readTemplateText(text: string): CoreTemplate {
  let position = 0;
  const accept = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text) ?? undefined;
    if (found) position = pattern.lastIndex;
    return found;
  };
  const value = () => {
    const [, inside] = accept(quoted) ?? fail();
    return (inside ?? '').replaceAll('\\"', '"');
  };
  const name = () => accept(attribute)?.[1] ?? fail();
  const fail = (): never => {
    throw new SyntaxError(`no template from «${text.slice(position, position + 40)}» on`);
  };
  const vector = () => {
    const parts = new Map<string, string>();
    if (accept(closing)) return parts;
    do parts.set(name(), value());
    while (accept(separator));
    if (!accept(closing)) fail();
    return parts;
  };
  const template = new Map<string, string | ReadonlyMap<string, string>>();
  while (!accept(rest)) template.set(name(), accept(opening) ? vector() : value());
  return template;
}
