import { X509Certificate } from 'node:crypto';
import type { Identity } from '../../../src/certificates/identity.ts';

/** The same certificate, ending on the 99th of a month: everything but that date can be read. */
export function withUnreadableEnd({ certificate, key }: Identity): Identity {
  const { raw } = new X509Certificate(certificate);
  const dates = [...raw.toString('latin1').matchAll(/\d{12}Z/g)];
  const at = dates[1]?.index;
  if (at === undefined) throw new Error('The certificate has no second date.');
  const changed = Buffer.from(raw);
  changed.write('269931235959Z', at, 'latin1');
  return { certificate: new X509Certificate(changed).toString(), key };
}
