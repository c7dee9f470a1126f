import { gibibyte } from './doctor.ts';

/** The base system's disk (src/builder/stages/base.ts), in GiB, and what the appliance leaves free on it at least. */
const systemDisk = 4;
const spare = 0.5 * gibibyte;

/** What ext4 keeps for itself of the room that a large file is given: tables of inodes, maps, reserved blocks. */
const overhead = 1.07;

/**
 * Virtual size of an image with models of `bytes` altogether, in MiB: the system's disk, and as many whole GiB as the
 * models need beyond what is free on it. The root partition grows into it while the image is made.
 */
export function diskMebibytes(bytes: number): number {
  const missing = Math.max(0, bytes * overhead - spare);
  return (systemDisk + Math.ceil(missing / gibibyte)) * 1024;
}
