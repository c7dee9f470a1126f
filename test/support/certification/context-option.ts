import type { ContextValues } from '../../../src/vm/context-disk.ts';

/** The user's own attribute, as core puts it in for a template's `$USER[…]`. */
const ownKey = '$USER[SSH_PUBLIC_KEY]';

/** What core's template grammar takes as a value without quotes (src/parsers/template_parser.l). */
const bareValue = /^[^\s,=[\]"]+$/;

/**
 * Reads `onetemplate instantiate --context`: the command line splits it at every comma, quoted or not, and puts the
 * parts into the template as they are, where a value that is no plain word needs quotes of its own
 * (src/cli/one_helper.rb, `create_context`). Strict where core's behaviour is not known: an empty value is refused.
 */
export function contextOf(list: string, publicKey: string): ContextValues {
  const entries = list.split(',').map((part): [string, string] => {
    const [, key, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(part) ?? [];
    if (key === undefined || value === undefined) throw new Error(`syntax error in CONTEXT at «${part}»`);
    const quoted = /^"([^"]*)"$/s.exec(value)?.[1];
    if (quoted === undefined && !bareValue.test(value))
      throw new Error(`syntax error in CONTEXT at «${part}»`);
    return [key, (quoted ?? value).replaceAll(ownKey, publicKey)];
  });
  return Object.fromEntries(entries);
}
