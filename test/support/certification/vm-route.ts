import { readFile, symlink, writeFile } from 'node:fs/promises';
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

/** The front-end's `ssh` and `scp`. */
export interface Routes {
  /** What they need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Says where a VM is; before that, there is none. */
  lead(route: VmRoute): Promise<void>;
  /** When they first succeeded, in milliseconds since the epoch; NaN when they never did. */
  firstAnswer(): Promise<number>;
}

/** Puts `ssh` and `scp`, which find VMs by a configuration file, into the folder of the front-end's commands. */
export async function makeRoutes(commands: string): Promise<Routes> {
  const own = resolve(import.meta.dirname, 'commands/ssh');
  for (const name of ['ssh', 'scp']) await symlink(own, join(commands, name));
  const path = join(commands, 'ssh_config');
  await writeFile(path, '');
  return {
    environment: { ONE_ROUTES: path },
    async lead({ address, port, key }) {
      const lines = [
        `Host ${address}`,
        'HostName 127.0.0.1',
        `Port ${port}`,
        `IdentityFile ${key}`,
        'IdentitiesOnly yes',
      ];
      await writeFile(path, `${lines.join('\n')}\n`);
    },
    async firstAnswer() {
      const times = await readFile(`${path}.answered`, 'utf8').catch(() => '');
      return Number.parseInt(times, 10);
    },
  };
}
