import { chats, type Sized } from './candidate.ts';
import { reserved } from './machine.ts';
import { bytesOf, gibibyte, type MemoryPart, mebibyte, modelMemory } from './memory.ts';
import { needs, type Sizing } from './size-engine.ts';

/** The arithmetic behind `sizing`, for people: a table of memory, and why the settings are what they are. Pure. */
export function explain(sizing: Sizing): string {
  const { machine, models, leftOut } = sizing;
  const { memory, cores, numaNodes, simd } = machine;
  const nodes = numaNodes > 1 ? `, ${numaNodes} NUMA nodes` : '';
  const { total } = needs(models);
  const rest = memory - bytesOf(reserved(machine)) - total;
  const rows: Row[] = [
    { name: 'machine', bytes: memory, how: `${cores} cores${nodes}, ${simd}` },
    ...reserved(machine).map(asRow),
    ...models.flatMap((model) => modelRows(model)),
    ...leftOut.map(({ id }) => ({ name: id, bytes: undefined, how: 'left out: no room for it' })),
    rest >= 0
      ? { name: 'left', bytes: rest, how: 'for the page cache' }
      : { name: 'missing', bytes: -rest, how: 'it does not fit' },
  ];
  return `${[...table(rows), '', ...models.map((model) => `${model.candidate.id}: ${reasons(model, sizing)}`)].join('\n')}\n`;
}

interface Row {
  readonly name: string;
  readonly bytes: number | undefined;
  readonly how: string;
}

function asRow({ what, how, bytes }: MemoryPart): Row {
  return { name: `  ${what}`, bytes, how };
}

function modelRows({ candidate, settings }: Sized): Row[] {
  const { anonymous, mapped } = modelMemory(candidate.facts, settings);
  const parts = [...mapped, ...anonymous];
  return [
    { name: candidate.id, bytes: bytesOf(parts), how: candidate.roles.join(', ') },
    ...parts.map(asRow),
  ];
}

function table(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, bytes, how }) =>
    `${name.padEnd(width)}  ${(bytes === undefined ? '' : shownBytes(bytes)).padStart(9)}  ${how}`.trimEnd(),
  );
}

/** In MiB below one GiB. */
export function shownBytes(bytes: number): string {
  return bytes < gibibyte ? `${Math.round(bytes / mebibyte)} MiB` : `${(bytes / gibibyte).toFixed(2)} GiB`;
}

function reasons({ candidate, settings }: Sized, { machine, wishes, models }: Sizing): string {
  const { contextSize, slots, cacheType, load, batch } = settings;
  const threads = threadsFor(wishes, machine);
  const source = wishes.cpuThreads > 0 ? 'as asked' : 'one for each physical core';
  const context = contextReason({ candidate, settings }, wishes.contextSize);
  return [
    `${contextSize} tokens of context, ${context}`,
    slots === 1 ? 'one request at a time' : `${slots} requests at a time`,
    `${threads} threads, ${source}${models.length > 1 ? ' and shared with the other models' : ''}`,
    `batches of ${batch}`,
    cacheType === 'f16' ? 'cache in f16, the fastest on CPUs' : 'cache in q8_0, since f16 does not fit',
    load === 'read'
      ? 'weights read into memory, so that they can be repacked for this CPU'
      : 'weights mapped and not repacked: they do not fit into memory of their own',
  ].join('; ');
}

function contextReason({ candidate, settings }: Sized, asked: number | undefined): string {
  if (chats(candidate) && asked !== undefined) return 'as asked';
  if (settings.contextSize === candidate.facts.trainedContextSize) return 'all that it was made for';
  return 'the most that fits and is of use';
}

/** Threads that compute for each model. */
export function threadsFor(
  { cpuThreads }: Sizing['wishes'],
  { cores }: Pick<Sizing['machine'], 'cores'>,
): number {
  return cpuThreads || cores;
}
