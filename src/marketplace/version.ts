/**
 * Version of an entry: `<OnePilot>-<release>-<YYYYMMDD>`, the day in UTC. Clients see an update where it changes.
 * @param createdAt seconds since 1970
 * @param release counts the builds of one version of OnePilot, from 1
 */
export function entryVersion({ version, createdAt }: Built, release: number): string {
  return `${version}-${release}-${dayOf(createdAt).replaceAll('-', '')}`;
}

/** `YYYY-MM-DD` in UTC. @param seconds since 1970 */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

interface Built {
  readonly version: string;
  readonly createdAt: number;
}
