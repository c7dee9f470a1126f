import type { UpstreamSetting } from '../context/kinds/upstreams.ts';
import type { EgressConfiguration } from '../egress/configuration.ts';
import type { Upstreams } from '../gateway/upstreams/configuration.ts';
import { egressSocket, type Paths, units } from '../machine/paths.ts';
import type { Desired } from './plan.ts';

/** What leads to upstreams. */
export type Egress =
  /** What the context says. `gid`: of the egress's group. */
  | { readonly run: 'configured'; readonly upstreams: readonly UpstreamSetting[]; readonly gid: number }
  /** What an earlier context said. */
  | { readonly run: 'kept' }
  /** There is none. */
  | { readonly run: 'none' };

/** Its file, and the socket that starts it with the first request. Pure. */
export function wantedEgress(
  egress: Egress,
  paths: Paths,
): Pick<Desired, 'files' | 'absent' | 'running' | 'stopped'> {
  const readBy = [units.egress];
  if (egress.run === 'none') {
    const absent = [{ path: paths.upstreams, readBy: [] }];
    return { files: [], absent, running: [], stopped: [units.egressSocket, units.egress] };
  }
  const running = [units.egressSocket];
  if (egress.run === 'kept') return { files: [], absent: [], running, stopped: [] };
  const { gid } = egress;
  const content = `${JSON.stringify(egressConfiguration(egress.upstreams), null, 2)}\n`;
  const file = { path: paths.upstreams, content, mode: 0o640, uid: 0, gid, readBy, secret: true };
  return { files: [file], absent: [], running, stopped: [] };
}

/** What the gateway is told of upstreams; nothing where there are none. Pure. */
export function gatewayUpstreams(upstreams: readonly UpstreamSetting[]): Upstreams | undefined {
  if (upstreams.length === 0) return undefined;
  const list = upstreams.map(({ name, models, fallback }) => ({ name, models, fallback }));
  return { socket: egressSocket, list };
}

function egressConfiguration(upstreams: readonly UpstreamSetting[]): EgressConfiguration {
  return {
    upstreams: upstreams.map(({ name, url, key, ca }) => ({
      name,
      url: url.reveal(),
      ...(key && { key: key.reveal() }),
      ...(ca !== undefined && { ca }),
    })),
  };
}
