import { certificatesIn, keyIn } from '../../certificates/provided/parts.ts';
import { pemBlocks, textOf, valueBytes } from '../../certificates/provided/pem.ts';
import { failure } from '../../errors/catalogue.ts';
import { parseSource } from '../../models/source.ts';
import { Secret } from '../secret.ts';
import type { Description, Reading, Variable } from '../variable.ts';
import { badSource } from './model-choice.ts';

/** A file on an attached disk. */
export interface DiskFile {
  readonly kind: 'disk';
  /** Label of its file system. */
  readonly label: string;
  /** Without a slash at its beginning. */
  readonly path: string;
}

/** A text in PEM, as the context has it, or the file in which it is. */
export type PemSource<Pem> = DiskFile | { readonly kind: 'inline'; readonly pem: Pem };

const pemText = {
  input: 'text64',
  offered: true,
  default: undefined,
  shownDefault: '',
} as const;

/** A server's certificate with its intermediates, or the file that holds them. */
export function certificateSource(row: Description): Variable<PemSource<string> | undefined> {
  return {
    ...row,
    ...pemText,
    secret: false,
    rule: 'certificates in PEM, in base64 or as they are, or disk:LABEL/path',
    read: (raw) => fileOr(row, raw, (text) => inlineCertificates(row, text)),
  };
}

/** A server's private key, or the file that holds it. */
export function keySource(row: Description): Variable<PemSource<Secret> | undefined> {
  return {
    ...row,
    ...pemText,
    secret: true,
    rule: 'a private key in PEM, not encrypted, in base64 or as it is, or disk:LABEL/path',
    read: (raw) =>
      fileOr(row, raw, (text): Reading<PemSource<Secret>> => {
        const found = keyIn(text, row.name);
        if ('problems' in found) return found;
        return { value: { kind: 'inline', pem: new Secret(text) } };
      }),
  };
}

/** Certificates that are to be trusted, in PEM one behind the other. */
export function trustedCertificates(row: Description): Variable<string | undefined> {
  return {
    ...row,
    ...pemText,
    secret: false,
    rule: 'certificates in PEM, in base64 or as they are',
    read(raw) {
      const reading = inlineCertificates(row, textOf(valueBytes(raw)));
      return 'problems' in reading ? reading : { value: reading.value.pem };
    },
  };
}

function fileOr<Pem>(
  row: Description,
  raw: string,
  inline: (text: string) => Reading<PemSource<Pem>>,
): Reading<PemSource<Pem>> {
  const text = textOf(valueBytes(raw)).trim();
  if (!text.startsWith('disk:')) return inline(text);
  const source = parseSource(text);
  if ('fault' in source) return { problems: [badSource(row, text, source.fault)] };
  if (source.kind !== 'disk') return inline(text);
  const { label, path, sha256 } = source;
  if (sha256 !== undefined) {
    return { problems: [badSource(row, text, 'hold no #sha256=: the file is replaced in time')] };
  }
  return { value: { kind: 'disk', label, path } };
}

function inlineCertificates(
  { name }: Description,
  text: string,
): Reading<{ readonly kind: 'inline'; readonly pem: string }> {
  if (pemBlocks(text).some(({ label }) => label.endsWith('PRIVATE KEY'))) {
    return { problems: [failure('CERTIFICATE_KEY_IN_PUBLIC', { variable: name })] };
  }
  const found = certificatesIn(text, name);
  if ('problems' in found) return found;
  return { value: { kind: 'inline', pem: found.certificates.map(String).join('') } };
}
