import type { AcmeWanted } from '../certificates/acme/wanted.ts';
import { type Paths, units } from '../machine/paths.ts';
import type { Desired } from './plan.ts';

/** What the ACME unit is to ask for; `gid`: of its group. Nothing: it is not to ask. */
export type Acme = { readonly wanted: AcmeWanted; readonly gid: number } | undefined;

/** Its file, and the timer that starts it: a restart of that looks at another file within half a minute. Pure. */
export function wantedAcme(
  acme: Acme,
  paths: Paths,
): Pick<Desired, 'files' | 'absent' | 'running' | 'stopped'> {
  if (!acme) {
    const absent = [{ path: paths.acmeWanted, readBy: [] }];
    return { files: [], absent, running: [], stopped: [units.acmeTimer, units.acme] };
  }
  const { wanted, gid } = acme;
  const content = `${JSON.stringify(wanted, null, 2)}\n`;
  const readBy = [units.acmeTimer];
  const file = { path: paths.acmeWanted, content, mode: 0o640, uid: 0, gid, readBy, secret: true };
  return { files: [file], absent: [], running: readBy, stopped: [] };
}
