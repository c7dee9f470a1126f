import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { gatewayControl, type Unit, units, type Watcher } from './paths.ts';
import { growRootDisk, observeRootDisk } from './root-disk.ts';

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
  /** @param how Lazily: also where its files are open, or its disk is gone. */
  unmount(directory: string, how?: { readonly lazily: boolean }): Promise<void>;
  unitStatuses(units: readonly Unit[]): Promise<ReadonlyMap<Unit, UnitStatus>>;
  /** Does not wait for the start to succeed where `wait` is false. */
  start(unit: Unit | Watcher, options?: { readonly wait: boolean }): Promise<void>;
  stop(unit: Unit): Promise<void>;
  /** Takes `unit` off systemd's list of failures. */
  forgetFailure(unit: Unit): Promise<void>;
  restart(unit: Unit, options?: { readonly wait: boolean }): Promise<void>;
  /**
   * Makes `unit` take up its changed files while it runs; unchanged links, connections and streams stay.
   * A gateway that does not answer is restarted. @throws GATEWAY_RELOAD_REFUSED
   */
  reload(unit: Unit): Promise<void>;
  /** Waits until no request is with the engine, for two minutes at most; new ones are told to come back. */
  holdRequests(): Promise<void>;
  resumeRequests(): Promise<void>;
  /** The models that the engine failed to load until the gateway gave them up, by id; none where it cannot be asked. */
  failedModels(): Promise<ReadonlyMap<string, FailedModel>>;
  /** Bytes at the end of the root disk that no partition uses. */
  unusedDisk(): Promise<number>;
  /** Gives the root file system all of its disk. */
  growRootDisk(): Promise<void>;
  hostname(): Promise<string>;
  setHostname(path: string, name: string): Promise<void>;
}

/** Why a model is given up, in words of the error catalogue. */
export type FailedModel = Pick<ContextProblem, 'code' | 'what' | 'fix'>;

/** Seconds for which a restart of the engine waits for what it is answering. */
const longestHold = 120;

/** Milliseconds after which a command is taken for stuck; starting a unit may wait for the whole unit. */
const commandTimeout = 120_000;

/** Milliseconds for a disk that cannot be read: everybody waits for the agent at boot. */
const mountTimeout = 15_000;

function run(command: string, ...args: string[]): Promise<string> {
  return runWithin(commandTimeout, command, ...args);
}

function runWithin(timeout: number, command: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { timeout }, (error, stdout, stderr) => {
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

/** Loaded where it is needed: it brings node:http, which takes Node a tenth of a run that changes nothing. */
const controlClient = () => import('../gateway/control-client.ts');

async function reloadOrRestartGateway(): Promise<void> {
  const { reloadGateway } = await controlClient();
  try {
    await reloadGateway(gatewayControl);
  } catch (error) {
    if (!(error instanceof OnePilotError) || error.code !== 'GATEWAY_CONTROL_UNREACHABLE') throw error;
    await run('systemctl', 'restart', units.gateway);
  }
}

/** The system this process runs on: Debian with systemd, systemd-networkd and util-linux's mount. */
export const thisSystem: System = {
  async mount(device, directory) {
    await runWithin(mountTimeout, 'mount', '-o', 'ro,nosuid,nodev,noexec', device, directory);
  },
  async unmount(directory, { lazily } = { lazily: false }) {
    await run('umount', ...(lazily ? ['--lazy'] : []), directory);
  },
  async unitStatuses(units) {
    if (units.length === 0) return new Map();
    const shown = await run('systemctl', 'show', '--property=ActiveState,NRestarts', ...units);
    const blocks = shown.trim().split('\n\n');
    return new Map(
      units.map((unit, index) => {
        const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(blocks[index] ?? '')?.[1];
        return [
          unit,
          { state: value('ActiveState') ?? 'inactive', restarts: Number(value('NRestarts')) || 0 },
        ];
      }),
    );
  },
  async start(unit, { wait } = { wait: true }) {
    await run('systemctl', 'start', ...(wait ? [] : ['--no-block']), unit);
  },
  async stop(unit) {
    await run('systemctl', 'stop', unit);
  },
  async forgetFailure(unit) {
    await run('systemctl', 'reset-failed', unit);
  },
  async restart(unit, { wait } = { wait: true }) {
    await run('systemctl', 'restart', ...(wait ? [] : ['--no-block']), unit);
  },
  async reload(unit) {
    if (unit === units.network) await run('networkctl', 'reload');
    else if (unit === units.gateway) await reloadOrRestartGateway();
    else await run('systemctl', 'reload', unit);
  },
  async holdRequests() {
    const { holdRequests } = await controlClient();
    // A gateway that does not answer has nothing in flight that could be saved.
    await holdRequests(gatewayControl, longestHold).catch(() => undefined);
  },
  async resumeRequests() {
    const { resumeRequests } = await controlClient();
    await resumeRequests(gatewayControl).catch(() => undefined);
  },
  async failedModels() {
    const { askAbsences } = await controlClient();
    const absences = await askAbsences(gatewayControl).catch(() => []);
    return new Map(
      absences.filter(({ state }) => state === 'failed').map((absence) => [absence.model, absence]),
    );
  },
  async unusedDisk() {
    return (await observeRootDisk()) ?? 0;
  },
  async growRootDisk() {
    await growRootDisk(run);
  },
  async hostname() {
    return hostname();
  },
  // hostnamed would do the same, but costs a D-Bus activation early in the boot.
  async setHostname(path, name) {
    await writeFile(path, name);
  },
};
