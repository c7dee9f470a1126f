import type { Engine } from '../../engine/client.ts';
import type { MemoryReading } from '../../engine/pressure.ts';
import { engineRetrySeconds, type Fault, fault, shedRetrySeconds } from '../fault.ts';
import { type GatewayModel, mainModel } from '../models.ts';
import type { EngineTraffic } from '../traffic.ts';
import { type Keeping, keep, momentOf, newKeeping } from './keep.ts';
import { isDue, newcomer, notTaken, type Residence, type Resident, reconsidered } from './residence.ts';

export interface KeeperOptions {
  readonly engine: Engine;
  readonly traffic: EngineTraffic;
  /** Those of the configuration in force. */
  readonly models: () => readonly GatewayModel[];
  /** How the machine is for memory; nothing is known of it unless given. */
  readonly memory?: () => Promise<MemoryReading>;
  /** Told of each order to the engine and each model that failed for good. */
  readonly log?: (line: object, message: string) => void;
}

/** Milliseconds between two looks. */
const interval = 2000;

/**
 * Keeps the configured models in the engine: loads again what died, gives up idle ones when memory is short, and
 * leaves alone what fails again and again. Nobody else loads or unloads (the relay sends `autoload=false`, the unit
 * `--no-models-autoload`), but for the engine's own start.
 */
export class ModelKeeper {
  readonly #options: KeeperOptions;
  #keeping: Keeping = newKeeping;
  #memory: MemoryReading = {};
  #resumptions = 0;
  #look: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Looks every two seconds until `stop`. */
  start(): void {
    this.#timer = setInterval(() => this.look(), interval).unref();
    this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Where the model is, as of the last look. */
  residenceOf(id: string): Residence {
    return (this.#keeping.models.get(id) ?? newcomer).residence;
  }

  /** Whether memory is short. */
  get pressed(): boolean {
    return this.#keeping.pressure.high;
  }

  /**
   * What to answer a request for a model that is known to be away; undefined when it may be there. A shed model is
   * loaded again for it, once there is room.
   */
  absence(id: string): Fault | undefined {
    const { residence } = this.#keeping.models.get(id) ?? newcomer;
    switch (residence.kind) {
      case 'down':
        if (performance.now() >= residence.retryAt) this.look();
        return fault('engine_loading', { seconds: engineRetrySeconds });
      case 'failed': {
        const { code, message, fix } = residence.diagnosis;
        return fault('model_failed', { reason: message, fix }, { extra: { reason: code } });
      }
      case 'leaving':
      case 'shed':
        return this.#shedFault(id);
      default:
        return undefined;
    }
  }

  #shedFault(id: string): Fault {
    const now = performance.now();
    const moment = momentOf(this.#keeping, { now, memory: this.#memory });
    const model = this.#residents().find((resident) => resident.id === id);
    const kept = this.#keeping.models.get(id) ?? newcomer;
    if (!model || !isDue(kept, moment, model, true))
      return fault('memory_short', { seconds: shedRetrySeconds });
    this.look(id);
    return fault('engine_loading', { seconds: engineRetrySeconds });
  }

  /** What a changed configuration may have put right is tried again. */
  reconsider(): void {
    const now = performance.now();
    const models = [...this.#keeping.models].map(([id, kept]) => [id, reconsidered(kept, now)] as const);
    this.#keeping = { ...this.#keeping, models: new Map(models) };
    this.look();
  }

  /**
   * Looks how the engine is and asks it for what is to be done; a look under way is joined. Never rejects.
   * @param wanted A model that a request waits for.
   */
  look(wanted?: string): Promise<void> {
    // That look does not know what is wanted.
    if (this.#look && wanted !== undefined) return this.#look.then(() => this.look(wanted));
    this.#look ??= this.#lookNow(wanted).finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  async #lookNow(wanted: string | undefined): Promise<void> {
    const { engine, traffic, memory = async () => ({}), log = () => {} } = this.#options;
    const [reading, seen] = await Promise.all([memory(), engine.models()]);
    // An engine that is being restarted is somebody else's, and afterwards another one.
    if (traffic.held) return;
    if (traffic.resumptions !== this.#resumptions) this.#keeping = newKeeping;
    this.#resumptions = traffic.resumptions;

    this.#memory = reading;
    const now = performance.now();
    const sight = { now, memory: reading, engine: seen };
    const residents = this.#residents();
    const { keeping, orders } = keep(this.#keeping, residents, sight, (id) => traffic.use(id), wanted);
    this.#tell(keeping, log);
    this.#keeping = keeping;
    for (const id of orders.unload) log({ model: id, ...reading }, 'memory is short: unloading a model');
    for (const id of orders.load) log({ model: id }, 'loading a model');
    await Promise.all([
      ...orders.unload.map((id) => engine.unload(id)),
      ...orders.load.map((id) => this.#load(id)),
    ]);
  }

  async #load(id: string): Promise<void> {
    if (await this.#options.engine.load(id)) return;
    const kept = this.#keeping.models.get(id);
    if (kept?.residence.kind !== 'loading') return;
    const moment = momentOf(this.#keeping, { now: performance.now(), memory: this.#memory });
    this.#keeping = {
      ...this.#keeping,
      models: new Map([...this.#keeping.models, [id, notTaken(kept, moment)]]),
    };
  }

  #tell({ models }: Keeping, log: (line: object, message: string) => void): void {
    for (const [id, { residence }] of models) {
      if (residence.kind !== 'failed' || this.residenceOf(id).kind === 'failed') continue;
      const { code, message } = residence.diagnosis;
      log({ model: id, code, problem: message }, 'a model failed and is not tried again for an hour');
    }
  }

  #residents(): Resident[] {
    const models = this.#options.models();
    const main = mainModel(models);
    return models.map(({ id, architecture }) => ({
      id,
      main: id === main?.id,
      ...(architecture !== undefined && { architecture }),
    }));
  }
}
