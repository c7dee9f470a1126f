import type { Machine } from './machine.ts';
import { contextDriveName, diskName } from './qemu.ts';

/**
 * Puts another disk into the drive of the context disk while the VM runs, as `virsh change-media` does it.
 * Forced: a guest that reads the old one at this moment has locked the tray.
 */
export async function changeMedium(machine: Machine, path: string): Promise<void> {
  await machine.qmp('blockdev-change-medium', {
    id: contextDriveName,
    filename: path,
    format: 'raw',
    force: true,
  });
}

/** Makes the disk of a running VM larger. @param size Bytes, in all. */
export async function growDisk(machine: Machine, size: number): Promise<void> {
  await machine.qmp('block_resize', { device: diskName, size });
}

/** Gives a running VM one more NIC, in a network of its own with a DHCP server. */
export async function attachNic(machine: Machine, mac: string, network: string): Promise<void> {
  await machine.qmp('netdev_add', { type: 'user', id: 'net1', ipv6: false, net: network });
  await machine.qmp('device_add', { driver: 'virtio-net-pci', id: 'nic1', netdev: 'net1', mac });
}

/**
 * Gives a running VM one more disk, read-only unless it is to be written.
 * @param name Tells it from others.
 */
export async function attachDisk(
  machine: Machine,
  name: string,
  path: string,
  { writable = false }: { readonly writable?: boolean } = {},
): Promise<void> {
  await machine.qmp('blockdev-add', {
    'node-name': name,
    driver: 'raw',
    'read-only': !writable,
    file: { driver: 'file', filename: path },
  });
  await machine.qmp('device_add', { driver: 'virtio-blk-pci', id: `${name}-disk`, drive: name });
}
