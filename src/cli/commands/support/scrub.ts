import { Secret } from '../../../context/secret.ts';

export const scrubbed = '[secret]';

/** Characters below which a secret is not searched for: it would be found everywhere. */
export const shortest = 6;
/** The same for pieces of a secret, which may be ordinary words. */
const shortestPiece = 8;

/** What is secret whatever its value: keys as we make them, private keys, names and passwords in URLs. */
const patterns: readonly [RegExp, string][] = [
  [/sk-[A-Za-z0-9_-]{43}/g, scrubbed],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, scrubbed],
  [/(\w:\/\/)[^\s/@:"']*:[^\s/@"']+@/g, `$1${scrubbed}@`],
];

/** Replaces secrets in a text that goes out of the house. */
export type Scrub = (text: string) => string;

/**
 * A last defence: whatever a program has printed, these secrets are not in what `scrub` gives back, neither
 * as they are nor in base64 or as JSON writes them.
 */
export function scrubber(secrets: readonly string[]): Scrub {
  const forms = new Set(secrets.flatMap(formsOf));
  // The longest first: a secret may be a part of another. One pass: it may be a part of «[secret]», too.
  const ordered = [...forms].sort((a, b) => b.length - a.length).map(literally);
  const known = ordered.length > 0 ? new RegExp(ordered.join('|'), 'g') : undefined;
  return (text) => {
    let clean = known ? text.replace(known, scrubbed) : text;
    for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
    return clean;
  };
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** Every way in which a secret of the context may turn up. */
function formsOf(secret: string): string[] {
  const decoded = decodedText(secret);
  const pieces = [secret, decoded ?? '']
    .flatMap((text) => text.split(/[\s,;@'"{}[\]]+/))
    .filter((piece) => piece.length >= shortestPiece);
  return [secret, secret.trim(), ...(decoded === undefined ? [] : [decoded]), ...pieces]
    .filter((form) => form.length >= shortest)
    .flatMap((form) => [
      form,
      JSON.stringify(form).slice(1, -1),
      encodeURIComponent(form),
      ...base64Forms(form),
    ]);
}

/** Without padding, so that it is found at the beginning of a longer one, too. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
  return [
    bytes.toString('base64url'),
    bytes.toString('base64').replace(/=+$/, ''),
    whole.toString('base64'),
  ].filter((form) => form.length >= shortestPiece);
}

/** What a base64 value says; undefined when it is none. */
function decodedText(text: string): string | undefined {
  const packed = text.replace(/\s+/g, '');
  if (packed.length < shortestPiece || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return undefined;
  const bytes = Buffer.from(packed, 'base64');
  const decoded = bytes.toString('utf8');
  return decoded.includes('\uFFFD') ? undefined : decoded;
}

/** Every secret inside `value`, however deep. */
export function secretsWithin(value: unknown): string[] {
  if (value instanceof Secret) return [value.reveal()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(secretsWithin);
}
