import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Files, pipes and sockets that this process has open. */
export function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes of the heap that something still refers to. */
export function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
