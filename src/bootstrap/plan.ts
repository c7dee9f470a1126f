import { type Unit, units } from '../machine/paths.ts';

/** Owner and mode of something in the file system. */
export interface Permissions {
  /** Permission bits, 0..0o777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A file as it must be. */
export interface WantedFile extends Permissions {
  readonly path: string;
  readonly content: string;
  /** Units that read it: they are reloaded or restarted when it changes. */
  readonly readBy: readonly Unit[];
  /** Whether it holds secrets: then its content is never shown, only that it changes. */
  readonly secret?: boolean;
}

export interface WantedDirectory extends Permissions {
  readonly path: string;
}

/** The part of the machine that one phase of the agent is responsible for. */
export interface Desired {
  readonly directories: readonly WantedDirectory[];
  readonly files: readonly WantedFile[];
  /** Files that must not exist. */
  readonly absent: readonly { readonly path: string; readonly readBy: readonly Unit[] }[];
  /** Units that must run, in the order in which they are started. */
  readonly running: readonly Unit[];
  /** Units that take up changes of their files without a restart, if they run. */
  readonly reloading: readonly Unit[];
  /** Units that must not run. */
  readonly stopped: readonly Unit[];
  /** Whether the root file system must have all of its disk. */
  readonly growRootDisk: boolean;
  readonly hostname: string | undefined;
}

/** What is there now. */
export interface Observed {
  /** By path; what is missing here does not exist. */
  readonly files: ReadonlyMap<string, Permissions & { readonly content: string }>;
  readonly directories: ReadonlyMap<string, Permissions>;
  readonly active: ReadonlySet<Unit>;
  /** Units whose files were changed by a run that did not come to restart them. */
  readonly pending: ReadonlySet<Unit>;
  readonly hostname: string;
  /** Bytes at the end of the root disk that nothing uses; 0 where it cannot grow. */
  readonly unusedDisk: number;
}

export type Action =
  | { readonly do: 'make directory'; readonly directory: WantedDirectory }
  | { readonly do: 'remember restart'; readonly unit: Unit }
  | { readonly do: 'write'; readonly file: WantedFile }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'set hostname'; readonly hostname: string }
  | { readonly do: 'grow root disk'; readonly bytes: number }
  | { readonly do: 'reload' | 'restart' | 'start' | 'stop'; readonly unit: Unit }
  /** The gateway sends the engine nothing new, and what is in flight may finish. */
  | { readonly do: 'hold requests' | 'resume requests' }
  | { readonly do: 'forget restart'; readonly unit: Unit };

/**
 * What must be done to make `observed` what is `desired`; nothing when it is that already. Everything is
 * written before anything is restarted, and what must be restarted is remembered before anything is written:
 * a run that was cut off at any point is completed by the next one. Pure.
 */
export function plan(desired: Desired, observed: Observed): Action[] {
  const directories = desired.directories.filter(
    (directory) => !samePermissions(directory, observed.directories.get(directory.path)),
  );
  const files = desired.files.filter((file) => {
    const found = observed.files.get(file.path);
    return !samePermissions(file, found) || found?.content !== file.content;
  });
  const removed = desired.absent.filter(({ path }) => observed.files.has(path));

  const known = new Set<Unit>([...desired.running, ...desired.reloading]);
  const touched = new Set<Unit>([...files, ...removed].flatMap(({ readBy }) => readBy));
  // What does not run reads the new files when it starts.
  const stale = [...known].filter(
    (unit) => observed.active.has(unit) && (touched.has(unit) || observed.pending.has(unit)),
  );
  const settled = [...known].filter((unit) => observed.pending.has(unit) && !stale.includes(unit));

  const reloaded = stale.filter((unit) => desired.reloading.includes(unit));
  const restarted = stale.filter((unit) => !desired.reloading.includes(unit));
  const held = restarted.includes(units.engine) && observed.active.has(units.gateway);

  return [
    ...directories.map((directory) => ({ do: 'make directory', directory }) as const),
    ...stale
      .filter((unit) => !observed.pending.has(unit))
      .map((unit) => ({ do: 'remember restart', unit }) as const),
    ...files.map((file) => ({ do: 'write', file }) as const),
    ...removed.map(({ path }) => ({ do: 'remove', path }) as const),
    ...(desired.hostname !== undefined && desired.hostname !== observed.hostname
      ? [{ do: 'set hostname', hostname: desired.hostname } as const]
      : []),
    ...reloaded.flatMap((unit): Action[] => [
      { do: 'reload', unit },
      { do: 'forget restart', unit },
    ]),
    ...(held ? [{ do: 'hold requests' } as const] : []),
    ...restarted.flatMap((unit): Action[] => [
      { do: 'restart', unit },
      { do: 'forget restart', unit },
    ]),
    ...(held ? [{ do: 'resume requests' } as const] : []),
    ...settled.map((unit) => ({ do: 'forget restart', unit }) as const),
    ...desired.running
      .filter((unit) => !observed.active.has(unit))
      .map((unit) => ({ do: 'start', unit }) as const),
    ...desired.stopped
      .filter((unit) => observed.active.has(unit))
      .map((unit) => ({ do: 'stop', unit }) as const),
    ...(observed.unusedDisk > 0 ? [{ do: 'grow root disk', bytes: observed.unusedDisk } as const] : []),
  ];
}

/** The action in a few words for the log. Never a file's content, which may be secret. */
export function describe(action: Action): string {
  switch (action.do) {
    case 'make directory':
      return `make ${action.directory.path}`;
    case 'write':
      return `write ${action.file.path}`;
    case 'remove':
      return `remove ${action.path}`;
    case 'set hostname':
      return `set the host name to ${action.hostname}`;
    case 'grow root disk':
      return `grow the root disk by ${Math.round(action.bytes / 1024 ** 2)} MiB`;
    case 'hold requests':
      return 'hold new requests and let those in flight finish';
    case 'resume requests':
      return 'let requests through again';
    default:
      return `${action.do}: ${action.unit}`;
  }
}

function samePermissions(wanted: Permissions, found: Permissions | undefined): boolean {
  return found?.mode === wanted.mode && found.uid === wanted.uid && found.gid === wanted.gid;
}
