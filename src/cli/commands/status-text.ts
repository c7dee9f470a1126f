import { type Unit, units } from '../../machine/paths.ts';
import type { UnitStatus } from '../../machine/system.ts';
import { fetchText } from '../../models/fetch-text.ts';
import type { Fetched } from '../../models/progress.ts';
import { certificateText } from '../../report/report.ts';
import type { Status } from '../../report/status.ts';
import { asText, columns, problemLines } from './text.ts';

/** What `onepilot status` shows for people. */
export function statusText(
  status: Status,
  unitStatuses: ReadonlyMap<Unit, UnitStatus>,
  arriving: readonly Fetched[] = [],
): string {
  const { state, progress, reason, since, endpoint, certificate, models, contextSource } = status;
  const rows = [
    ['State', `${state}${progress === undefined ? '' : `, ${progress} per cent`}, since ${since}`],
    ...(reason === undefined ? [] : [['Reason', reason]]),
    ['Endpoint', endpoint ?? 'no address yet'],
    ...(certificate ? [['Certificate', certificateText(certificate)]] : []),
    ['Models', models.join(', ') || 'none'],
    ...arriving.map(({ id, progress }) => ['Fetching', `${id}: ${fetchText(progress)}`]),
    ['Context', contextSource ?? 'none'],
    ['Engine', unitText(unitStatuses.get(units.engine))],
    ['Gateway', unitText(unitStatuses.get(units.gateway))],
    ['Version', status.version],
  ];
  return asText([
    ...columns(rows),
    ...problemLines('Errors', status.errors),
    ...problemLines('Warnings', status.warnings),
  ]);
}

function unitText(unit: UnitStatus | undefined): string {
  if (!unit) return 'unknown';
  const times = unit.restarts === 1 ? 'once' : `${unit.restarts} times`;
  return unit.restarts > 0 ? `${unit.state}, restarted ${times} by itself` : unit.state;
}
