import { askInFlight } from '../../../gateway/control-client.ts';

/** Requests that the gateway behind `socketPath` is busy with; undefined when it does not answer. Never throws. */
export async function requestsInFlight(socketPath: string): Promise<number | undefined> {
  return askInFlight(socketPath).catch(() => undefined);
}
