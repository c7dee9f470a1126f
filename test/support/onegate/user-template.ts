export type Attribute = string | Record<string, string>;
/** Names in upper case. */
export type UserTemplate = Record<string, Attribute>;

const attribute =
  /[ \t\n]*([A-Za-z0-9_.-]+)[ \t]*=[ \t]*(?:"([^"]*)"|\[([^\]]*)\]|([^\s"[\],=][^\n"[\],]*))[ \t]*(?=\n|$)/y;
const member = /^\s*([A-Za-z0-9_.-]+)\s*=\s*"([^"]*)"\s*$/;

/**
 * What OpenNebula's core reads in `text`: `NAME="value"` and `NAME=[NAME="value",…]`, a line each. Undefined
 * where core would refuse it as a whole. Its lexer knows more (comments, escaped quotes), OneGate's VMs do not.
 */
export function parseTemplate(text: string): UserTemplate | undefined {
  const template: UserTemplate = {};
  let position = 0;
  while (text.slice(position).trim() !== '') {
    attribute.lastIndex = position;
    const [, name, quoted, vector, bare] = attribute.exec(text) ?? [];
    if (name === undefined) return undefined;
    const value = vector === undefined ? (quoted ?? bare?.trim()) : parseVector(vector);
    if (value === undefined) return undefined;
    template[name.toUpperCase()] = value;
    position = attribute.lastIndex;
  }
  return template;
}

function parseVector(text: string): Record<string, string> | undefined {
  const members: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [, name, value] = member.exec(part) ?? [];
    if (name === undefined || value === undefined) return undefined;
    members[name.toUpperCase()] = value;
  }
  return members;
}
