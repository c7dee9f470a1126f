import * as z from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Where a file of weights comes from: a model or an adapter. */
export const ModelSource = z.discriminatedUnion('kind', [
  /** A file in a repository of the hub, `hf:owner/repository/file@revision`; the default revision is `main`. */
  z.strictObject({
    kind: z.literal('hub'),
    owner: z.string(),
    repository: z.string(),
    /** Path in the repository. */
    file: z.string(),
    /** A branch, a tag or a commit. */
    revision: z.string(),
    /** Lower-case hex; where it is missing, the hub's own hash is recorded at download. */
    sha256: sha256.optional(),
  }),
  /** `https://…#sha256=…`: any web server, which need not be trusted. */
  z.strictObject({ kind: z.literal('web'), url: z.string(), sha256 }),
  /** `disk:LABEL/path`: a file on an attached disk, used where it lies. */
  z.strictObject({
    kind: z.literal('disk'),
    label: z.string(),
    /** Without a slash at its beginning. */
    path: z.string(),
    sha256: sha256.optional(),
  }),
]);
export type ModelSource = z.infer<typeof ModelSource>;
export type HubSource = Extract<ModelSource, { kind: 'hub' }>;
export type WebSource = Extract<ModelSource, { kind: 'web' }>;
export type DiskSource = Extract<ModelSource, { kind: 'disk' }>;
/** A source from which a file is fetched into the store. */
export type RemoteSource = HubSource | WebSource;

const hash = '(?:#sha256=(?<sha256>[0-9a-fA-F]{64}))?';
const hubPattern = new RegExp(
  `^hf:(?<owner>[\\w][\\w.-]*)/(?<repository>[\\w][\\w.-]*)/(?<file>[^@#\\s\\p{C}]+)(?:@(?<revision>[\\w][\\w./-]*))?${hash}$`,
  'u',
);
const diskPattern = new RegExp(`^disk:(?<label>[\\w][\\w.-]{0,35})/(?<path>[^#\\s\\p{C}]+)${hash}$`, 'u');

/** The source that `text` names, or why it names none, so that «must …» is a sentence. */
export function parseSource(text: string): ModelSource | { readonly fault: string } {
  if (text.startsWith('hf:')) return parseHub(text);
  if (text.startsWith('disk:')) return parseDisk(text);
  if (/^https?:/i.test(text)) return parseWeb(text);
  return { fault: 'begin with hf:, https:// or disk:' };
}

function parseHub(text: string): ModelSource | { fault: string } {
  const parts = hubPattern.exec(text)?.groups;
  if (!parts?.owner || !parts.repository || !parts.file || !isPlainPath(parts.file)) {
    return { fault: 'be hf:owner/repository/file, with @revision behind it if need be' };
  }
  const { owner, repository, file, revision = 'main' } = parts;
  return { kind: 'hub', owner, repository, file, revision, ...pinned(parts.sha256) };
}

function parseDisk(text: string): ModelSource | { fault: string } {
  const parts = diskPattern.exec(text)?.groups;
  if (!parts?.label || !parts.path || !isPlainPath(parts.path)) {
    return { fault: 'be disk:LABEL/path, with the label of a file system of at most 36 characters' };
  }
  if (!isServablePath(parts.path)) return { fault: `have a path of ${servableCharacters} alone` };
  return { kind: 'disk', label: parts.label, path: parts.path, ...pinned(parts.sha256) };
}

function parseWeb(text: string): ModelSource | { fault: string } {
  const url = URL.parse(text);
  const sha256 = /^#sha256=([0-9a-fA-F]{64})$/.exec(url?.hash ?? '')?.[1];
  if (url?.protocol !== 'https:') return { fault: 'be an https URL' };
  if (url.username !== '' || url.password !== '') return { fault: 'hold no user name or password' };
  if (sha256 === undefined)
    return { fault: 'end with #sha256= and the 64 hexadecimal digits of its SHA-256' };
  url.hash = '';
  return { kind: 'web', url: url.href, sha256: sha256.toLowerCase() };
}

function pinned(found: string | undefined): { sha256?: string } {
  return found === undefined ? {} : { sha256: found.toLowerCase() };
}

/** What the path of a file on a disk may hold; part of a sentence. */
export const servableCharacters = 'letters, digits and ._+@=-/';

/**
 * Whether the engine's preset can name a file on a disk: its lines end at `;` and `#`, its lists of adapters are
 * divided by commas and colons. Spaces are for links to lead to, no variable can hold one.
 */
export function isServablePath(path: string): boolean {
  return /^[\p{L}\p{M}\p{N}._+@=/ -]+$/u.test(path) && !path.endsWith(' ');
}

/** Whether `path` is relative and leads nowhere but down. */
export function isPlainPath(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** The source as a variable would name it, without its hash. Never holds a secret: queries are left out. */
export function sourceText(source: ModelSource): string {
  switch (source.kind) {
    case 'hub': {
      const { owner, repository, file, revision } = source;
      return `hf:${owner}/${repository}/${file}${revision === 'main' ? '' : `@${revision}`}`;
    }
    case 'web':
      return source.url.replace(/\?.*$/, '');
    case 'disk':
      return `disk:${source.label}/${source.path}`;
  }
}

/** Name under which clients find a model that has no other: its file's, in small letters, without `.gguf`. */
export function idOfSource(source: ModelSource): string {
  const base = fileName(source).replace(/\.gguf$/i, '');
  const id = base
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return id === '' ? 'model' : id.slice(0, 96);
}

function fileName(source: ModelSource): string {
  if (source.kind === 'hub') return lastPart(source.file);
  if (source.kind === 'disk') return lastPart(source.path);
  const name = lastPart(new URL(source.url).pathname);
  try {
    return decodeURIComponent(name);
  } catch {
    // A per cent sign that encodes nothing.
    return name;
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
