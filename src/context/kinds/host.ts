import { isIPv4 } from 'node:net';
import { failure } from '../../errors/catalogue.ts';
import { isIPv6 } from '../../network/address.ts';
import { shown } from '../shown.ts';
import type { Description, Variable } from '../variable.ts';
import { optionalText } from './simple.ts';

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether `name`, in lower case, is a host's name as RFC 1123 has it (section 2.1), with or without dots. */
export function isHostName(name: string): boolean {
  const labels = name.split('.');
  return name.length <= 253 && labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1) ?? '');
}

/**
 * A host's full name in the DNS, in lower case. EuroCopilot's templates may hold an address or a name without a
 * dot, which have no use here: they are warned of and count as nothing given.
 */
export function domainName(row: Description): Variable<string | undefined> {
  return {
    ...row,
    ...optionalText,
    rule: 'the full DNS name of one host',
    read(raw) {
      const value = raw.toLowerCase();
      const { name: variable, example } = row;
      const uselessness = whyUseless(value);
      if (uselessness !== undefined) {
        const details = { variable, found: shown(raw), reason: uselessness, example };
        return { value: undefined, warnings: [failure('CONTEXT_DOMAIN_IGNORED', details)] };
      }
      const reason = whyNoDomain(value);
      if (reason !== undefined) {
        return {
          problems: [failure('CONTEXT_BAD_DOMAIN', { variable, found: shown(raw), reason, example })],
        };
      }
      return { value };
    },
  };
}

function whyUseless(name: string): string | undefined {
  if (isIPv4(name) || isIPv6(name.replace(/^\[|\]$/g, ''))) {
    return "addresses need not be named, the VM's own are in its certificate anyway";
  }
  if (label.test(name)) return 'it has no dot, so it is not a full name';
  return undefined;
}

function whyNoDomain(name: string): string | undefined {
  if (name.includes('*')) return 'a wildcard names no single host';
  if (!isHostName(name)) {
    return 'a name has at most 253 characters, in parts of at most 63 letters, digits and inner hyphens';
  }
  return undefined;
}
