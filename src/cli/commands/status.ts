import { readText } from '../../bootstrap/files.ts';
import { failure } from '../../errors/catalogue.ts';
import { type Unit, units } from '../../machine/paths.ts';
import type { UnitStatus } from '../../machine/system.ts';
import { readFetching } from '../../models/progress.ts';
import { parseStatus, type Status } from '../../report/status.ts';
import type { Call, CommandWorld, Result } from './command.ts';
import { done, notReady } from './exit-codes.ts';
import { statusText } from './status-text.ts';

/** `onepilot status`. @throws COMMAND_NO_STATUS, COMMAND_STATUS_BROKEN */
export async function status({ world }: Pick<Call, 'world'>): Promise<Result> {
  const reported = await readStatus(world.paths.appliance);
  const unitStatuses = await askUnits(world);
  const known = corrected(reported, unitStatuses, world.now());
  const { fetching } = await readFetching(world.paths.fetching);
  const arriving = fetching?.endedAt === undefined ? (fetching?.files ?? []) : [];
  const { engine, gateway } = units;
  return {
    code: known.state === 'ready' ? done : notReady,
    text: statusText(known, unitStatuses, arriving),
    json: {
      ...known,
      ...(arriving.length > 0 && { fetching: arriving }),
      units: { [engine]: unitStatuses.get(engine), [gateway]: unitStatuses.get(gateway) },
    },
  };
}

/** What the agent last said. @throws COMMAND_NO_STATUS, COMMAND_STATUS_BROKEN */
export async function readStatus(path: string): Promise<Status> {
  const text = await readText(path);
  if (text === undefined) throw failure('COMMAND_NO_STATUS', {});
  const known = parseStatus(text);
  if (known === undefined) throw failure('COMMAND_STATUS_BROKEN', { path });
  return known;
}

/** What `systemctl` calls a unit that serves. */
const servingStates = ['active', 'reloading'];

/**
 * The agent's word may be hours old: without engine and gateway nothing is ready. What it says of other states
 * has its own reason. `since` is when that was noticed.
 */
function corrected(reported: Status, unitStatuses: ReadonlyMap<Unit, UnitStatus>, now: Date): Status {
  if (reported.state !== 'ready') return reported;
  const stateOf = (unit: Unit) => unitStatuses.get(unit)?.state ?? 'in a state that systemd does not tell';
  const missing = [units.gateway, units.engine].find((unit) => !servingStates.includes(stateOf(unit)));
  if (missing === undefined) return reported;
  const reason = `${missing} is ${stateOf(missing)}.`;
  return { ...reported, state: 'degraded', reason, since: now.toISOString() };
}

/** Without systemd's answer the rest is still worth telling. */
function askUnits(world: CommandWorld): Promise<ReadonlyMap<Unit, UnitStatus>> {
  return world.unitStatuses([units.engine, units.gateway]).catch(() => new Map());
}
