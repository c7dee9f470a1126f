import type { Machine } from '../machine/observe.ts';
import type { Paths } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import type { OneGateSettings } from '../onegate/settings.ts';
import type { Log } from '../report/log.ts';
import type { Status } from '../report/status.ts';
import type { Action } from './plan.ts';
import type { Health } from './readiness.ts';

/** What OneGate is told; nothing here ever throws. */
export interface OneGate {
  /** Tells it the state, once. @returns why that failed */
  reportState(settings: OneGateSettings, status: Status): Promise<string | undefined>;
  /** Takes back a READY=YES of an earlier boot. @returns whether OneGate could be asked */
  clearStaleReady(settings: OneGateSettings): Promise<boolean>;
}

/** Everything the agent has to do with the world. Times in milliseconds. */
export interface World {
  readonly paths: Paths;
  readonly system: System;
  readonly log: Log;
  readonly oneGate: OneGate;
  readonly observe: () => Promise<Machine>;
  readonly askHealth: (trusted: string) => Promise<Health>;
  /** Tells systemd that network, host name and SSH keys are in place. */
  readonly machineReady: () => void;
  readonly now: () => Date;
  /** Called before each change; tests stop a run here. */
  readonly before: (action: Action) => void;
  /** How long is waited: for the context disk, for addresses, for the service, for another run's turn. */
  readonly patience: {
    readonly disk: number;
    readonly address: number;
    readonly service: number;
    readonly turn: number;
  };
}
