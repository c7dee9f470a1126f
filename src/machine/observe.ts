import { access, readdir, readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { EngineMachine } from '../engine/sizing/machine.ts';
import { observeHardware } from './hardware.ts';

/** A network interface with a hardware address. */
export interface Nic {
  readonly name: string;
  /** Lower case, colons. */
  readonly mac: string;
}

/** What the agent needs to know of the machine it runs on. */
export interface Machine {
  readonly hardware: EngineMachine;
  readonly hostname: string;
  readonly nics: readonly Nic[];
  /** Addresses others can reach it at: no loopback, no link-local ones; interfaces in order of their names. */
  readonly addresses: readonly string[];
  readonly clock: {
    /** Whether a time server has been heard since boot (systemd-timesyncd.service(8)). */
    readonly synchronised: boolean;
  };
}

/** Interfaces below `directory` (`/sys/class/net`) that have a hardware address; loopback and tunnels have none. */
export async function readNics(directory: string): Promise<Nic[]> {
  const names = await readdir(directory).catch(() => []);
  const nics = await Promise.all(
    names.sort().map(async (name) => {
      const address = await readFile(join(directory, name, 'address'), 'utf8').catch(() => '');
      return { name, mac: address.trim().toLowerCase() };
    }),
  );
  return nics.filter(({ mac }) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && !/^[0:]+$/.test(mac));
}

/** The reachable addresses among those the kernel lists, IPv4 before IPv6 on each interface. */
export function reachableAddresses(interfaces: ReturnType<typeof networkInterfaces>): string[] {
  return Object.entries(interfaces)
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .flatMap(([, addresses]) => [...(addresses ?? [])].sort((a, b) => a.family.localeCompare(b.family)))
    .filter(({ internal, address }) => !internal && !/^(fe[89ab]|169\.254\.)/i.test(address))
    .map(({ address }) => address);
}

/**
 * Looks at the machine.
 * @param interfaces where the kernel lists its network interfaces
 * @param synchronised the file that is there once a time server has been heard
 */
export async function observeMachine(
  interfaces: string,
  synchronised = '/run/systemd/timesync/synchronized',
): Promise<Machine> {
  return {
    hardware: await observeHardware(),
    hostname: hostname(),
    nics: await readNics(interfaces),
    addresses: reachableAddresses(networkInterfaces()),
    clock: {
      synchronised: await access(synchronised).then(
        () => true,
        () => false,
      ),
    },
  };
}
