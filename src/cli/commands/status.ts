import { readText } from '../../bootstrap/files.ts';
import { failure } from '../../errors/catalogue.ts';
import { type Unit, units } from '../../machine/paths.ts';
import type { UnitStatus } from '../../machine/system.ts';
import { Status } from '../../report/status.ts';
import type { Call, CommandWorld, Result } from './command.ts';
import { done, notReady } from './exit-codes.ts';
import { statusText } from './status-text.ts';

/** `onepilot status`. @throws COMMAND_NO_STATUS, COMMAND_STATUS_BROKEN */
export async function status({ world }: Pick<Call, 'world'>): Promise<Result> {
  const known = await readStatus(world.paths.appliance);
  const unitStatuses = await askUnits(world);
  const { engine, gateway } = units;
  return {
    code: known.state === 'ready' ? done : notReady,
    text: statusText(known, unitStatuses),
    json: {
      ...known,
      units: { [engine]: unitStatuses.get(engine), [gateway]: unitStatuses.get(gateway) },
    },
  };
}

/** What the agent last said. @throws COMMAND_NO_STATUS, COMMAND_STATUS_BROKEN */
export async function readStatus(path: string): Promise<Status> {
  const text = await readText(path);
  if (text === undefined) throw failure('COMMAND_NO_STATUS', {});
  try {
    return Status.parse(JSON.parse(text));
  } catch (cause) {
    throw failure('COMMAND_STATUS_BROKEN', { path }, { cause });
  }
}

/** Without systemd's answer the rest is still worth telling. */
function askUnits(world: CommandWorld): Promise<ReadonlyMap<Unit, UnitStatus>> {
  return world.unitStatuses([units.engine, units.gateway]).catch(() => new Map());
}
