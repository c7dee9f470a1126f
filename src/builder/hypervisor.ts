import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shell } from './shell.ts';

/** How QEMU runs guests on this machine. */
export interface Hypervisor {
  /** Hardware virtualization, or emulation. */
  readonly accelerator: 'kvm' | 'tcg';
  /** QEMU's major version. */
  readonly qemu: number;
}

/**
 * The first QEMU whose emulation is fit for use: it shares translated code between processes whose libraries
 * lie at different addresses, and runs Linux 6.12 on several CPUs, which older ones panic (cmpxchg16b,
 * shared/reference/runtime.md).
 */
export const goodQemu = 8;

/** Major version of the installed QEMU; 0 when there is none. */
export async function qemuMajor(shell: Shell): Promise<number> {
  const text = await shell.run(['qemu-system-x86_64', '--version']).catch(() => '');
  return Number(/version (\d+)\./.exec(text)?.[1] ?? 0);
}

/** Virtual CPUs that are safe here: those of the host, at most 4; one where emulation is too old for more. */
export function safeCpus({ accelerator, qemu }: Hypervisor, hostCpus: number): number {
  return accelerator === 'tcg' && qemu < goodQemu ? 1 : Math.min(hostCpus, 4);
}

/** A working KVM answers in a tenth of this; a hung guest never does. Milliseconds. */
const deadlineMs = 10_000;

/** What QEMU exits with when the guest writes 0x10 to isa-debug-exit: (0x10 << 1) | 1. */
const guestAnswered = 33;

/**
 * A 512-byte boot sector that enters protected mode, executes one BMI2 instruction where the processor has
 * it, and reports through isa-debug-exit. Nested KVMs have been seen that open, run firmware, and hang on
 * the first such instruction of a kernel (reference/runtime.md; here: «emulation failure» at SHLX).
 */
export function trialGuest(withBmi2: boolean): Uint8Array {
  const sector = new Uint8Array(512);
  const shlx = [0xc4, 0xe2, 0x69, 0xf7, 0xc0]; // shlx eax, eax, edx
  const nops = [0x90, 0x90, 0x90, 0x90, 0x90];
  sector.set([
    0xfa, // cli
    ...[0x0f, 0x01, 0x16, 0x30, 0x7c], // lgdt [0x7c30]
    ...[0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0], // cr0 |= 1 (protection enable)
    ...[0xea, 0x13, 0x7c, 0x08, 0x00], // jmp 0x08:0x7c13
    ...(withBmi2 ? shlx : nops),
    ...[0xb0, 0x10, 0xe6, 0xf4], // mov al, 0x10; out 0xf4, al
    ...[0xf4, 0xeb, 0xfd], // hlt, for ever
  ]);
  sector.set([0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xcf, 0x00], 0x28); // flat 32-bit code segment
  sector.set([0x0f, 0x00, 0x20, 0x7c, 0x00, 0x00], 0x30); // GDT of two entries at 0x7c20
  sector.set([0x55, 0xaa], 0x1fe);
  return sector;
}

async function trialSucceeds(sector: string, signal: AbortSignal): Promise<boolean> {
  const child = spawn(
    'qemu-system-x86_64',
    ['-accel', 'kvm', '-cpu', 'host', '-m', '64', '-display', 'none', '-nodefaults', '-no-reboot'].concat(
      ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
      ['-drive', `file=${sector},format=raw,if=ide,snapshot=on`],
    ),
    {
      stdio: 'ignore',
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      killSignal: 'SIGKILL',
    },
  );
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === guestAnswered));
  });
}

/** Finds the accelerator by booting a tiny guest under KVM with a deadline of 10 s; TCG when it fails. */
export async function findHypervisor(shell: Shell, signal: AbortSignal): Promise<Hypervisor> {
  const processor = await readFile('/proc/cpuinfo', 'utf8');
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-trial-'));
  try {
    const sector = join(directory, 'sector.img');
    await writeFile(sector, trialGuest(/^flags\s*:.*\bbmi2\b/m.test(processor)));
    const works = await trialSucceeds(sector, signal);
    signal.throwIfAborted();
    return { accelerator: works ? 'kvm' : 'tcg', qemu: await qemuMajor(shell) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
