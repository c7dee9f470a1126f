import { join } from 'node:path';
import { type Hypervisor, safeCpus } from '../builder/hypervisor.ts';
import { failure } from '../errors/catalogue.ts';

/** A VM as `npm run vm`, the verify stage and the image tests boot it. */
export interface MachineShape {
  readonly hypervisor: Hypervisor;
  /** QEMU's CPU model; undefined: the best the accelerator has. */
  readonly cpuModel?: string | undefined;
  /** Virtual CPUs; undefined: as many as are safe. */
  readonly cpus?: number | undefined;
  /** MiB. */
  readonly memory: number;
  readonly firmware: 'bios' | 'uefi';
  /** qcow2 that the guest writes to. */
  readonly disk: string;
  /** Whether the VM has a network at all; it has, where nothing is said. */
  readonly network?: boolean | undefined;
  /** Where the hardware's clock begins (QEMU, `-rtc base=`); undefined: now. */
  readonly clock?: string | undefined;
  /** Context disk; undefined: the VM gets none. */
  readonly contextDisk?: string | undefined;
  /** A disk that the guest only reads: models beside the image (src/builder/stages/model-disk.ts). */
  readonly modelDisk?: string | undefined;
  /** Ports on 127.0.0.1 that lead to the guest's; nothing leads to that for HTTP where none is given. */
  readonly ports: { readonly https: number; readonly ssh: number; readonly http?: number | undefined };
  /** Directory for the console log and QMP socket. */
  readonly directory: string;
}

/** The address and MAC that QEMU's user network gives the guest (QEMU, «Using the user mode network stack»). */
export const guestNetwork = {
  ETH0_MAC: '52:54:00:12:34:56',
  ETH0_IP: '10.0.2.15',
  ETH0_MASK: '255.255.255.0',
  ETH0_NETWORK: '10.0.2.0',
  ETH0_GATEWAY: '10.0.2.2',
  ETH0_DNS: '10.0.2.3',
} as const;

/** UEFI firmware of Debian's ovmf package; used read-only, so the guest's variables are not kept. */
const uefiFirmware = '/usr/share/ovmf/OVMF.fd';

export const consoleLog = 'console.log';

/** Names by which QMP finds the disk and the drive of the context disk. */
export const diskName = 'disk';
export const contextDriveName = 'context-cd';

const diskOptions = `id=${diskName},if=virtio,format=qcow2,cache=unsafe,discard=unmap`;

/** Bytes in the path of a unix socket (unix(7): 108 with the closing zero). */
const longestSocketPath = 107;

/**
 * Where QEMU of a machine in `directory` listens for commands.
 * @throws VM_PATH_TOO_LONG
 */
export function qmpSocketPath(directory: string): string {
  const path = join(directory, 'qmp.sock');
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  throw failure('VM_PATH_TOO_LONG', { path, longest: longestSocketPath });
}

/** A path inside a list of QEMU's options, where a comma stands for itself when doubled. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}

function formatOf(disk: string): 'qcow2' | 'raw' {
  return disk.endsWith('.qcow2') ? 'qcow2' : 'raw';
}

/**
 * Command line for qemu-system-x86_64.
 * @throws VM_PATH_TOO_LONG
 */
export function qemuArguments(shape: MachineShape, hostCpus: number): string[] {
  const { hypervisor, ports, directory } = shape;
  const { accelerator } = hypervisor;
  const forward = (from: number, to: number) => `,hostfwd=tcp:127.0.0.1:${from}-:${to}`;
  const forwarded = [
    forward(ports.https, 443),
    forward(ports.ssh, 22),
    ...(ports.http === undefined ? [] : [forward(ports.http, 80)]),
  ];
  return [
    ...['-accel', accelerator],
    ...['-cpu', shape.cpuModel ?? (accelerator === 'kvm' ? 'host' : 'max')],
    ...['-smp', String(shape.cpus ?? safeCpus(hypervisor, hostCpus))],
    ...['-m', String(shape.memory)],
    ...(shape.firmware === 'uefi' ? ['-bios', uefiFirmware] : []),
    ...['-display', 'none', '-no-user-config'],
    ...(shape.clock ? ['-rtc', `base=${shape.clock}`] : []),
    ...['-drive', `file=${escaped(shape.disk)},${diskOptions}`],
    ...(shape.modelDisk
      ? [
          '-drive',
          `file=${escaped(shape.modelDisk)},if=virtio,format=${formatOf(shape.modelDisk)},readonly=on`,
        ]
      : []),
    ...(shape.contextDisk
      ? ['-drive', `file=${escaped(shape.contextDisk)},if=none,id=context,media=cdrom,format=raw,readonly=on`]
      : ['-drive', 'if=none,id=context,media=cdrom']),
    ...['-device', `ide-cd,drive=context,id=${contextDriveName}`],
    ...(shape.network === false
      ? ['-nic', 'none']
      : [
          ...['-netdev', `user,id=net0,ipv6=off${forwarded.join('')}`],
          ...['-device', `virtio-net-pci,netdev=net0,mac=${guestNetwork.ETH0_MAC}`],
        ]),
    ...['-device', 'virtio-rng-pci'],
    ...['-serial', `file:${join(directory, consoleLog)}`],
    ...['-qmp', `unix:${escaped(qmpSocketPath(directory))},server=on,wait=off`],
  ];
}
