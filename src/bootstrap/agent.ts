import { uptime } from 'node:os';
import { observeMachine } from '../machine/observe.ts';
import { type Paths, pathsUnder } from '../machine/paths.ts';
import { thisSystem } from '../machine/system.ts';
import { openLog } from '../report/log.ts';
import { notifyReady, notifyStatus } from '../systemd/notify.ts';
import { bootstrapStep } from './bootstrap-step.ts';
import { hookPatience } from './hook-patience.ts';
import type { Occasion } from './occasion.ts';
import { askHealth } from './readiness.ts';
import { runAgent } from './run.ts';
import type { OneGate } from './world.ts';

const usage = `usage: agent boot|reconcile|configure|bootstrap|context-again|report-ready|fetch-models

boot       as the machine starts (onepilot-agent.service)
reconcile  when something may have changed (onepilot-reconcile.service)
configure  make the machine what its context says, without waiting for the service
bootstrap  bring the service up and wait for it, at most 90 seconds
context-again  start one-context again if the disk was swapped while its hooks ran (onepilot-context-again.service)
fetch-models  bring the models that the context names (onepilot-models.service)
report-ready  tell OneGate READY=YES, if the context asks for it (onepilot-report-ready.service)

Exit status: 0 done, or done by somebody else; 2 wrong usage; 3 the appliance is degraded or has failed and the
report says why. Any other is a crash, which the unit tells the consoles.
`;

const reported = 3;

/** Milliseconds for another run to end; a hook has little time, and leaves a request to look again where it has none. */
const turnPatience = { boot: 180_000, reconcile: 180_000, configure: 15_000 } as const;

/** Milliseconds for the hooks of one-context after ours: a START_SCRIPT may install half a distribution. */
const othersPatience = 60 * 60_000;

/** Loaded where the context names a OneGate: it brings node:http, which takes Node a tenth of a quiet run. */
const oneGate: OneGate = {
  reportState: async (...told) => (await import('../onegate/report.ts')).reportState(...told),
  clearStaleReady: async (...told) => (await import('../onegate/report.ts')).clearStaleReady(...told),
};

const occasions: Readonly<Record<string, Occasion>> = {
  boot: 'boot',
  reconcile: 'reconcile',
  configure: 'configure',
};

async function main(verb: string | undefined): Promise<number> {
  process.umask(0o077);
  const paths = pathsUnder('/');
  if (verb === 'bootstrap') {
    const patience = await hookPatience(paths.oneContextLock, Date.now());
    return (await bootstrapStep(paths, thisSystem, { patience })) === 'failed' ? reported : 0;
  }
  if (verb === 'context-again') {
    const { contextAgainStep } = await import('./context-again-step.ts');
    console.log(`context disk: ${await contextAgainStep(paths, thisSystem, { patience: othersPatience })}`);
    return 0;
  }
  if (verb === 'report-ready') {
    const { reportReadyStep } = await import('./report-ready-step.ts');
    const problem = await reportReadyStep(paths, thisSystem);
    console.log(problem === undefined ? 'OneGate: READY=YES' : `OneGate was not told READY=YES: ${problem}`);
    return problem === undefined ? 0 : reported;
  }
  if (verb === 'fetch-models') return fetchModels(paths);
  const occasion = occasions[verb ?? ''];
  if (!occasion) {
    process.stderr.write(usage);
    return 2;
  }
  const outcome = await runAgent(
    {
      paths,
      system: thisSystem,
      log: openLog(paths, uptime),
      oneGate,
      observe: () => observeMachine(paths.interfaces),
      askHealth,
      machineReady: notifyReady,
      now: () => new Date(),
      before: () => {},
      patience: { disk: 3_000, address: 10_000, service: 15 * 60_000, turn: turnPatience[occasion] },
    },
    occasion,
  );
  notifyStatus(outcome.state);
  return outcome.state === 'degraded' || outcome.state === 'failed' ? reported : 0;
}

/** Its time is the network's: it ends when systemd wants it to, and what has arrived stays. */
async function fetchModels(paths: Paths): Promise<number> {
  const { fetchModelsStep } = await import('./fetch-models-step.ts');
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const { progress } = openLog(paths, uptime);
  try {
    const telling = { progress, now: () => new Date() };
    const failed = await fetchModelsStep(paths, thisSystem, telling, stop.signal);
    return failed.length > 0 ? reported : 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    throw error;
  }
}

process.exitCode = await main(process.argv[2]);
