import { isIPv4 } from 'node:net';
import { canonicalAddress, isIPv6 } from '../../network/address.ts';
import type { Description, Variable } from '../variable.ts';
import { badValue, optionalText } from './simple.ts';

/** An address that a certificate is for: `auto`, or one in its canonical form. */
export function certifiedAddress(row: Description): Variable<string | undefined> {
  const rule = 'auto, or an IPv4 or IPv6 address';
  return {
    ...row,
    ...optionalText,
    rule,
    read(raw) {
      if (raw.toLowerCase() === 'auto') return { value: 'auto' };
      if (isIPv4(raw) || isIPv6(raw)) return { value: canonicalAddress(raw) };
      return { problems: [badValue(row, rule, raw)] };
    },
  };
}
