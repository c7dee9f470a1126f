import { gibibyte, type MemoryPart, mebibyte } from './memory.ts';

/** What the engine has to run on. */
export interface EngineMachine {
  /** Bytes that processes may use: the machine's, or less where a cgroup limits them. */
  readonly memory: number;
  /** Physical cores that this machine may use, at least 1: two threads of one core share what computes. */
  readonly cores: number;
  /** Memories with processors of their own. */
  readonly numaNodes: number;
  /** The widest vector instructions, for people: `AVX-512`, for example. */
  readonly simd: string;
}

/** What the system and the gateway use, measured on the appliance: 330 MiB after a day; the rest for peaks. */
const systemShare = 512 * mebibyte;

/** Part of the memory that stays free: for the page cache, without which a machine crawls. */
const headroom = 0.05;

/** What of the machine's memory the engine does not get. */
export function reserved({ memory }: Pick<EngineMachine, 'memory'>): readonly MemoryPart[] {
  return [
    { what: 'Debian and gateway', how: 'fixed', bytes: systemShare },
    { what: 'headroom', how: '5 % of the memory, for the page cache', bytes: Math.ceil(memory * headroom) },
  ];
}

/**
 * Bytes that the engine may take: of its own, and together with pages of files, which need no headroom since the
 * kernel can drop them.
 */
export function roomFor({ memory }: Pick<EngineMachine, 'memory'>): { anonymous: number; total: number } {
  return {
    anonymous: Math.max(0, memory - systemShare - Math.ceil(memory * headroom)),
    total: Math.max(0, memory - systemShare),
  };
}

/** Bytes of the smallest memory that has room for so much; the reverse of `roomFor`. */
export function memoryFor({ anonymous, total }: { anonymous: number; total: number }): number {
  return Math.max((anonymous + systemShare) / (1 - headroom), total + systemShare);
}

/** Largest prompt cache of one model in bytes: beyond it, hardly any conversation comes back. */
export const largestPromptCache = 2 * gibibyte;
