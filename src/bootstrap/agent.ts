import { uptime } from 'node:os';
import { observeMachine } from '../machine/observe.ts';
import { pathsUnder } from '../machine/paths.ts';
import { thisSystem } from '../machine/system.ts';
import { openLog } from '../report/log.ts';
import { notifyReady, notifyStatus } from '../systemd/notify.ts';
import { askHealth } from './readiness.ts';
import { runAgent } from './run.ts';

/**
 * The bootstrap agent, `onepilot-agent.service`: takes no arguments. Exits 0 when the appliance is ready,
 * 3 when it is degraded or has failed and the report says why. Any other status is a crash, which the unit
 * tells the consoles.
 */
const reported = 3;

process.umask(0o077);
const paths = pathsUnder('/');
const outcome = await runAgent({
  paths,
  system: thisSystem,
  log: openLog(paths, uptime),
  observe: () => observeMachine(paths.interfaces),
  askHealth,
  machineReady: notifyReady,
  now: () => new Date(),
  before: () => {},
  patience: { disk: 10_000, address: 10_000, service: 15 * 60_000 },
});
notifyStatus(outcome.state);
process.exitCode = outcome.state === 'ready' ? 0 : reported;
