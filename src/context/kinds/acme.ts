import * as z from 'zod';
import { failure } from '../../errors/catalogue.ts';
import { Secret } from '../secret.ts';
import { shown } from '../shown.ts';
import type { Description, Variable } from '../variable.ts';
import { optionalText, webAddress } from './simple.ts';

/** The directory of an ACME server, with HTTPS alone (RFC 8555, section 6.1). */
export function acmeDirectory(row: Description): Variable<string | undefined> {
  const address = webAddress(row);
  return {
    ...address,
    rule: 'a URL with https://, without user name and password',
    read(raw) {
      const reading = address.read(raw);
      if ('problems' in reading || /^https:/i.test(raw)) return reading;
      return { problems: [failure('ACME_PLAIN_HTTP', { variable: row.name })] };
    },
  };
}

const Email = z.email().max(254);

/** One e-mail address; RFC 8555, section 7.3 allows nothing beside it. */
export function emailAddress(row: Description): Variable<string | undefined> {
  return {
    ...row,
    ...optionalText,
    rule: 'an e-mail address',
    read(raw) {
      if (Email.safeParse(raw).success) return { value: raw };
      const { name: variable, example } = row;
      return { problems: [failure('ACME_BAD_CONTACT', { variable, found: shown(raw), example })] };
    },
  };
}

/** A key for an HMAC in base64url, without padding (RFC 8555, section 7.3.4); plain base64 is put right. */
export function bindingKey(row: Description): Variable<Secret | undefined> {
  return {
    ...row,
    input: 'password',
    secret: true,
    offered: true,
    rule: 'a key in base64url, of at most 1024 characters',
    default: undefined,
    shownDefault: '',
    read(raw) {
      const text = raw
        .trim()
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replace(/={1,2}$/, '');
      if (/^[\w-]{2,1024}$/.test(text) && text.length % 4 !== 1) return { value: new Secret(text) };
      return { problems: [failure('ACME_BAD_BINDING_KEY', { variable: row.name })] };
    },
  };
}
