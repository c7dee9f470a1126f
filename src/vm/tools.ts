import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { failure } from '../errors/catalogue.ts';

/** A command of each Debian package without which no VM is booted. */
const commands = {
  'qemu-system-x86': 'qemu-system-x86_64',
  'qemu-utils': 'qemu-img',
  xorriso: 'xorriso',
  'openssh-client': 'ssh',
} as const;

async function isInstalled(command: string, path: string): Promise<boolean> {
  const places = path.split(delimiter).map((directory) => access(join(directory, command), constants.X_OK));
  return (await Promise.allSettled(places)).some(({ status }) => status === 'fulfilled');
}

/** Throws VM_TOOLS_MISSING unless what boots a VM is in `path`. */
export async function requireTools(path = process.env.PATH ?? ''): Promise<void> {
  const missing: string[] = [];
  for (const [name, command] of Object.entries(commands)) {
    if (!(await isInstalled(command, path))) missing.push(name);
  }
  if (missing.length > 0) throw failure('VM_TOOLS_MISSING', { packages: missing.join(' ') });
}
