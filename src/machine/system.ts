import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { failure } from '../errors/catalogue.ts';
import type { Unit } from './paths.ts';

/** What systemd says of a unit. */
export interface UnitStatus {
  /** `ActiveState`; `inactive` also where the unit does not exist. */
  readonly state: string;
  /** How often systemd has restarted it by itself. */
  readonly restarts: number;
}

/** The commands the agent gives to the system it runs on. Each throws AGENT_COMMAND_FAILED. */
export interface System {
  /** Mounts `device` read-only, so that nothing on it can be executed or trusted. */
  mount(device: string, directory: string): Promise<void>;
  unmount(directory: string): Promise<void>;
  unitStatus(unit: Unit): Promise<UnitStatus>;
  start(unit: Unit): Promise<void>;
  restart(unit: Unit): Promise<void>;
  /** Makes systemd-networkd read its files again, without taking unchanged links down. */
  reloadNetwork(): Promise<void>;
  hostname(): Promise<string>;
  setHostname(path: string, name: string): Promise<void>;
}

/** Milliseconds after which a command is taken for stuck; starting a unit may wait for the whole unit. */
const commandTimeout = 120_000;

function run(command: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { timeout: commandTimeout }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const output = stderr.trim() || error.message;
      reject(
        failure(
          'AGENT_COMMAND_FAILED',
          { command: `${command} ${args.join(' ')}`, output },
          { cause: error },
        ),
      );
    });
  });
}

/** The system this process runs on: Debian with systemd, systemd-networkd and util-linux's mount. */
export const thisSystem: System = {
  async mount(device, directory) {
    await run('mount', '-o', 'ro,nosuid,nodev,noexec', device, directory);
  },
  async unmount(directory) {
    await run('umount', directory);
  },
  async unitStatus(unit) {
    const properties = await run('systemctl', 'show', '--property=ActiveState,NRestarts', unit);
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(properties)?.[1];
    return { state: value('ActiveState') ?? 'inactive', restarts: Number(value('NRestarts')) || 0 };
  },
  async start(unit) {
    await run('systemctl', 'start', unit);
  },
  async restart(unit) {
    await run('systemctl', 'restart', unit);
  },
  async reloadNetwork() {
    await run('networkctl', 'reload');
  },
  async hostname() {
    return hostname();
  },
  // hostnamed would do the same, but costs a D-Bus activation early in the boot.
  async setHostname(path, name) {
    await writeFile(path, name);
  },
};
