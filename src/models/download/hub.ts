import type { HubSource } from '../source.ts';

/** Where the hub is, unless a mirror takes its place. */
export const hubAddress = 'https://huggingface.co';

/**
 * The address of a file, as `hf_hub_url` of huggingface_hub (src/huggingface_hub/file_download.py) makes it: the
 * revision is one part of the path, whatever slashes it has.
 * @param address The hub's or a mirror's, with or without a path and a slash at its end.
 */
export function hubUrl(address: string, source: HubSource, revision: string): URL {
  const { owner, repository, file } = source;
  const parts = [owner, repository, 'resolve', revision, ...file.split('/')];
  return new URL(`${address.replace(/\/+$/, '')}/${parts.map(encodeURIComponent).join('/')}`);
}

/** What the hub says of a file in the headers of its answer, be that the file or a redirect to it. */
export interface HubFacts {
  /** The commit that the revision asked for names at present (`x-repo-commit`). */
  readonly commit?: string | undefined;
  /** Lower-case hex. */
  readonly sha256?: string | undefined;
  /** Bytes (`x-linked-size`). */
  readonly size?: number | undefined;
}

/**
 * Reads what `get_hf_file_metadata` of huggingface_hub reads, but takes `x-linked-etag` alone for a hash: it is the
 * SHA-256 of a file kept with Git LFS, whereas `etag` may be a Git object's SHA-1, or anything on a mirror.
 */
export function readHubFacts(headers: Headers): HubFacts {
  const linked = /^"?([0-9a-f]{64})"?$/i.exec(headers.get('x-linked-etag') ?? '')?.[1];
  const commit = /^[0-9a-f]{40}$/i.exec(headers.get('x-repo-commit') ?? '')?.[0];
  return {
    commit: commit?.toLowerCase(),
    sha256: linked?.toLowerCase(),
    size: readLength(headers.get('x-linked-size')),
  };
}

/** A number of bytes in a header; undefined when there is none. */
export function readLength(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
