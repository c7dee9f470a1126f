const relative = new Intl.RelativeTimeFormat('en');

const minute = 60_000;
/** Milliseconds of each unit, with the least number of it that is still told in it. */
const unitsOfTime = [
  { unit: 'day', length: 24 * 60 * minute, least: 2 },
  { unit: 'hour', length: 60 * minute, least: 2 },
  { unit: 'minute', length: minute, least: 1 },
] as const;

/** `in 12 days`, `3 hours ago`; rounded towards now, so that nothing lasts longer than is said. */
export function fromNow(moment: Date, now: Date): string {
  const distance = moment.getTime() - now.getTime();
  const fitting = unitsOfTime.find(({ length, least }) => Math.abs(distance) >= least * length);
  if (!fitting) return distance < 0 ? 'just now' : 'in less than a minute';
  return relative.format(Math.trunc(distance / fitting.length), fitting.unit);
}

/** `2027-02-01T10:00:00Z, in 72 days`. */
export function momentText(moment: Date, now: Date): string {
  return `${shortMoment(moment.toISOString())}, ${fromNow(moment, now)}`;
}

/** An ISO 8601 moment without fractions of a second. */
export function shortMoment(moment: string): string {
  return moment.replace(/\.\d+Z$/, 'Z');
}
