import { writeIfDifferent } from '../bootstrap/files.ts';
import type { Paths } from '../machine/paths.ts';

/** The steps of one-apps that happen in the VM; installation was done by the builder. */
export type Step = 'configure' | 'bootstrap';
export type StepState = 'started' | 'success' | 'failure';

const titles = { configure: '2/3 Configuration', bootstrap: '3/3 Bootstrap' } as const;

/** The line that one-apps' tools and OpenNebula's certification expect in `/etc/one-appliance/status`. */
export function statusLine(step: Step, state: StepState): string {
  return `${step}_${state}\n`;
}

/**
 * The message of the day. Its first paragraph is worded as one-apps words it (appliances/lib/functions.sh,
 * spelling included): certification looks for ` All set and ready to serve 8)`.
 * @param details Lines below it, for example why a step failed.
 */
export function messageOfTheDay(step: Step, state: StepState, details: readonly string[] = []): string {
  const more = details.length > 0 ? [...details.map((line) => ` ${line}`), ''] : [];
  return [
    '',
    ' OnePilot, an OpenNebula service appliance',
    '',
    ...paragraph(step, state),
    '',
    ...more,
    '',
  ].join('\n');
}

function paragraph(step: Step, state: StepState): string[] {
  const title = titles[step];
  if (state === 'started') {
    return [` ${title} step is in progress...`, '', ...boxed('PLEASE WAIT', '* * * * * * * *')];
  }
  if (state === 'failure') {
    return [` ${title} step failed.`, '', ...boxed('APPLIANCE ERROR', '* * * * * * * * * *')];
  }
  return step === 'bootstrap' ? [' All set and ready to serve 8)'] : [` ${title} step was successfull.`];
}

function boxed(text: string, edge: string): string[] {
  return [` ${edge}`, ` * ${text} *`, ` ${edge}`];
}

/** Says in the status file and the message of the day how far the appliance is. */
export async function publishStep(
  paths: Pick<Paths, 'status' | 'motd'>,
  step: Step,
  state: StepState,
  details: readonly string[] = [],
): Promise<void> {
  const file = { mode: 0o644, uid: 0, gid: 0, readBy: [] } as const;
  await writeIfDifferent({ ...file, path: paths.status, content: statusLine(step, state) });
  await writeIfDifferent({ ...file, path: paths.motd, content: messageOfTheDay(step, state, details) });
}
