import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The last line of a boot on every console: `npm run vm` and people's scripts look for it. */
export type Outcome =
  | { readonly state: 'ready'; readonly url: string }
  | { readonly state: 'degraded' | 'failed'; readonly reason: string };

/** `OnePilot: ready at https://…/`, `OnePilot: degraded: …` or `OnePilot: failed: …`, on one line. */
export function outcomeLine(outcome: Outcome): string {
  if (outcome.state === 'ready') return `OnePilot: ready at ${outcome.url}`;
  return `OnePilot: ${outcome.state}: ${outcome.reason.replace(/\s+/g, ' ').trim()}`;
}

/** A progress line: seconds since the kernel started, as the kernel's own lines have them. */
export function progressLine(seconds: number, text: string): string {
  return `[${seconds.toFixed(1).padStart(7)}] OnePilot: ${text}`;
}

/** Milliseconds that one console may hold up the boot, for example a serial line with flow control. */
const patience = 500;

/**
 * Writes lines to every console that exists and works; others are nobody's fault. The kernel command line
 * names no serial console (certification forbids it), so the devices are written to directly.
 */
export async function writeToConsoles(devices: readonly string[], lines: readonly string[]): Promise<void> {
  const bytes = Buffer.from(lines.map((line) => `${printable(line)}\n`).join(''));
  await Promise.all(devices.map((device) => writeTo(device, bytes).catch(() => undefined)));
}

async function writeTo(device: string, bytes: Buffer): Promise<void> {
  // No controlling terminal, and no waiting for a carrier that a virtual serial port may never raise.
  const file = openSync(device, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    const deadline = performance.now() + patience;
    let written = 0;
    while (written < bytes.length && performance.now() < deadline) {
      try {
        written += writeSync(file, bytes, written);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
        await sleep(10);
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Control characters from a context must not reach a terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
