/** The part of a file that an answer holds, in bytes. */
export interface ContentRange {
  readonly first: number;
  /** The last byte's position, not the one behind it. */
  readonly last: number;
  /** Size of the whole file; undefined where the server does not say. */
  readonly size?: number | undefined;
}

/** `Content-Range` of an answer with status 206 (RFC 9110 section 14.4); undefined when it is not well-formed. */
export function parseContentRange(text: string | null): ContentRange | undefined {
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(?:(\d{1,15})|\*)$/i.exec(text ?? '');
  if (!found) return undefined;
  const [first, last] = [Number(found[1]), Number(found[2])];
  const size = found[3] === undefined ? undefined : Number(found[3]);
  if (last < first || (size !== undefined && last >= size)) return undefined;
  return { first, last, size };
}

/** A validator that names one content, byte for byte; undefined for a weak one (RFC 9110 section 8.8.3). */
export function strongEtag(headers: Headers): string | undefined {
  return /^"[\x21\x23-\x7e]*"$/.exec(headers.get('etag') ?? '')?.[0];
}
