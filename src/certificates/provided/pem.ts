import { failure, type OnePilotError } from '../../errors/catalogue.ts';

/** A block of PEM (RFC 7468): what its label says, and the whole of it in lines of 64 characters. */
export interface PemBlock {
  readonly label: string;
  readonly pem: string;
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----((?:(?!-----BEGIN )[\s\S])*?)-----END \1-----/g;

/**
 * The blocks of a text. Lines may have any length, and spaces or a written `\n` may stand where lines ended: both are
 * what becomes of PEM on its way through forms and templates.
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  return [...text.matchAll(block)].map(([, label = '', content = '']) => ({
    label,
    pem: `-----BEGIN ${label}-----\n${wrapped(content)}\n-----END ${label}-----\n`,
  }));
}

/** Headers of old encrypted keys (RFC 1421) keep their lines. */
function wrapped(content: string): string {
  if (content.includes(':')) return content.trim();
  return content.replace(/\\r|\\n|\s/g, '').replace(/.{64}(?=.)/g, '$&\n');
}

const isBase64 = (text: string) => text.length % 4 === 0 && /^[A-Za-z0-9+/]{4,}={0,2}$/.test(text);

/** How often a value is decoded: forms encode what is pasted, and it may have been base64 already. */
const layers = 2;

/** The bytes that a variable's value stands for: in base64, once or twice, or as it is. */
export function valueBytes(raw: string): Buffer {
  let bytes = Buffer.from(raw);
  for (let layer = 0; layer < layers; layer += 1) {
    const text = bytes.toString('latin1').replace(/\s/g, '');
    if (!isBase64(text)) break;
    bytes = Buffer.from(text, 'base64');
  }
  return bytes;
}

/** A file's text. Windows writes UTF-16 when output of its shell is sent to a file. */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  return Buffer.from(bytes).toString('latin1');
}

/**
 * Why there is no PEM in what `place` holds, by the first bytes of what people have instead.
 * @param text as `textOf` gives it: a character for each byte
 */
export function noPem(text: string, place: string): OnePilotError {
  if (text.includes('-----BEGIN ')) return failure('CERTIFICATE_PEM_DAMAGED', { place });
  const content = derContent(Buffer.from(text, 'latin1'));
  if (content === undefined) return failure('CERTIFICATE_NO_PEM', { place });
  return failure(content.subarray(0, 3).equals(pkcs12) ? 'CERTIFICATE_PKCS12' : 'CERTIFICATE_DER', { place });
}

/** The number 3 in DER, with which PKCS#12 begins (RFC 7292, section 4). */
const pkcs12 = Buffer.from([0x02, 0x01, 0x03]);

/** What is in a sequence in DER or BER (X.690, section 8.1), as certificates and keys are; else undefined. */
function derContent(bytes: Buffer): Buffer | undefined {
  const [tag, length = 0] = bytes;
  if (tag !== 0x30) return undefined;
  // The length itself, or how many bytes hold it.
  if (length < 0x80) return bytes.length === 2 + length ? bytes.subarray(2) : undefined;
  return length <= 0x84 ? bytes.subarray(2 + (length & 0x7f)) : undefined;
}
