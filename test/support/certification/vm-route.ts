import { symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The way to a VM whose SSH is forwarded. */
export interface VmRoute {
  /** Address by which the front-end knows it. */
  readonly address: string;
  /** Port of 127.0.0.1 that leads to its SSH. */
  readonly port: number;
  /** File with the private key of the user who calls. */
  readonly key: string;
}

/**
 * Puts `ssh` and `scp` into the folder of the front-end's commands, which find VMs by a configuration file.
 * @returns what they need in their environment, and `lead`, which says where a VM is
 */
export async function makeRoutes(commands: string) {
  const own = resolve(import.meta.dirname, 'commands');
  for (const name of ['ssh', 'scp']) await symlink(join(own, 'ssh'), join(commands, name));
  const path = join(commands, 'ssh_config');
  return {
    environment: { ONE_ROUTES: path },
    async lead({ address, port, key }: VmRoute): Promise<void> {
      const lines = [
        `Host ${address}`,
        'HostName 127.0.0.1',
        `Port ${port}`,
        `IdentityFile ${key}`,
        'IdentitiesOnly yes',
      ];
      await writeFile(path, `${lines.join('\n')}\n`);
    },
  };
}
