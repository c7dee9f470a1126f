import type { Action, Observed, Permissions, WantedFile } from '../bootstrap/plan.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { diffLines, hunks } from './line-diff.ts';

/** What there is now of what the plan would change. */
export type Seen = Pick<Observed, 'files'> & Partial<Pick<Observed, 'directories' | 'hostname'>>;

/** What a run of the agent would do now, and what it thinks of the context. */
export interface Inspection {
  readonly actions: readonly Action[];
  readonly observed: Seen;
  readonly errors: readonly ContextProblem[];
  readonly warnings: readonly ContextProblem[];
  /** Undefined when there is no context. */
  readonly contextSource: string | undefined;
}

const contextLines = 2;
/** Lines of one file, and characters of one line, that are shown. */
const mostLines = 120;
const longestLine = 200;

const unitVerbs = { reload: 'reloaded', restart: 'restarted', start: 'started', stop: 'stopped' } as const;

/** The plan as a readable diff. Never shows the content of a file that holds secrets, or of one that is removed. */
export function renderPlan(actions: readonly Action[], observed: Seen): string {
  const blocks = actions.map((action) => block(action, observed)).filter((lines) => lines.length > 0);
  if (blocks.length === 0) return 'Nothing to do: the machine is what its context says.\n';
  // One-line changes stay together; a file's diff stands apart.
  return blocks
    .map((lines, at) => {
      const apart = at > 0 && (lines.length > 1 || (blocks[at - 1]?.length ?? 0) > 1);
      return `${apart ? '\n' : ''}${lines.join('\n')}\n`;
    })
    .join('');
}

function block(action: Action, observed: Seen): string[] {
  switch (action.do) {
    case 'write':
      return fileBlock(action.file, observed.files.get(action.file.path));
    case 'make directory': {
      const { path } = action.directory;
      const found = observed.directories?.get(path);
      return [`${path}/: ${found ? permissionChange(action.directory, found) : news(action.directory)}`];
    }
    case 'remove':
      return [`${action.path}: removed`];
    case 'set hostname':
      return [
        `host name: ${observed.hostname === undefined ? '' : `${observed.hostname} -> `}${action.hostname}`,
      ];
    case 'grow root disk':
      return [`root file system: grows by ${Math.round(action.bytes / 1024 ** 2)} MiB`];
    case 'hold requests':
      return ['requests: new ones are told to come back, those in flight may finish'];
    case 'resume requests':
      return ['requests: let through again'];
    case 'reload':
    case 'restart':
    case 'start':
    case 'stop':
      return [`${action.unit}: ${unitVerbs[action.do]}`];
    // How an interrupted run is completed is nothing that anybody asked for.
    case 'remember restart':
    case 'forget restart':
      return [];
  }
}

type Found = (Permissions & { readonly content: string }) | undefined;

function fileBlock(file: WantedFile, found: Found): string[] {
  if (!found) return [`${file.path}: ${news(file)}`, ...body(file, '')];
  const permissions = permissionChange(file, found);
  const head = `${file.path}: ${found.content === file.content ? permissions : `changed${permissions && `, ${permissions}`}`}`;
  return found.content === file.content ? [head] : [head, ...body(file, found.content)];
}

function body(file: WantedFile, before: string): string[] {
  if (file.secret) return ['    content changes (secret, not shown)'];
  const lines = hunks(diffLines(before, file.content), contextLines);
  const more = lines.length - mostLines;
  return [
    ...lines
      .slice(0, mostLines)
      .map((line) => `    ${line.length > longestLine ? `${line.slice(0, longestLine)}…` : line}`),
    ...(more > 0 ? [`    … and ${more} more lines`] : []),
  ];
}

function news(wanted: Permissions): string {
  return `new (mode ${octal(wanted.mode)}, owner ${owner(wanted)})`;
}

function permissionChange(wanted: Permissions, found: Permissions): string {
  // The agent gives what is no regular file a mode that nothing has.
  if (found.mode < 0) return 'replaces what is no regular file';
  const changes = [
    ...(wanted.mode === found.mode ? [] : [`mode ${octal(found.mode)} -> ${octal(wanted.mode)}`]),
    ...(owner(wanted) === owner(found) ? [] : [`owner ${owner(found)} -> ${owner(wanted)}`]),
  ];
  return changes.join(', ');
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** Numbers: names would have to be looked up, and the numbers are what is compared. */
function owner({ uid, gid }: Permissions): string {
  return `${uid}:${gid}`;
}

/** One change, for programs. */
export type Change = Readonly<Record<string, unknown>> & { readonly do: Action['do'] };

/** The plan for programs, with the same silence about secrets. */
export function planJson(actions: readonly Action[], observed: Seen): Change[] {
  return actions.flatMap((action): Change[] => {
    switch (action.do) {
      case 'write':
        return [{ do: action.do, ...fileChange(action.file, observed.files.get(action.file.path)) }];
      case 'make directory':
        return [{ do: action.do, path: action.directory.path, ...modeAndOwner(action.directory) }];
      case 'remember restart':
      case 'forget restart':
        return [];
      default:
        return [action];
    }
  });
}

function fileChange(file: WantedFile, found: Found) {
  const { path, content, secret = false } = file;
  const shown = found?.content !== content && !secret;
  return {
    path,
    secret,
    new: found === undefined,
    ...modeAndOwner(file),
    ...(found && { before: modeAndOwner(found) }),
    ...(shown && { diff: hunks(diffLines(found?.content ?? '', content), contextLines) }),
  };
}

function modeAndOwner(permissions: Permissions) {
  return { mode: octal(permissions.mode), owner: owner(permissions) };
}
