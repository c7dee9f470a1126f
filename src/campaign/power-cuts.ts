import { setTimeout as sleep } from 'node:timers/promises';
import type { Shell } from '../builder/shell.ts';
import { type BootRequest, boot, restart, waitUntilReady } from '../vm/boot.ts';
import { prove } from '../vm/proof.ts';

/** What one power cut led to. */
export interface PowerCut {
  /** Seconds after power-on at which the power went. */
  readonly at: number;
  /** Seconds the next boot needed until it was ready. */
  readonly readyAfter: number;
  /** What was wrong afterwards; undefined: nothing. */
  readonly problem: string | undefined;
}

/** The context changes with every boot, so that each has something to write when the power goes. */
const contexts = [
  { SET_HOSTNAME: 'cut-even', ONEAPP_COPILOT_CONTEXT_SIZE: '4096', ONEAPP_COPILOT_ALLOWED_NETWORKS: '' },
  {
    SET_HOSTNAME: 'cut-odd',
    ONEAPP_COPILOT_CONTEXT_SIZE: '8192',
    ONEAPP_COPILOT_ALLOWED_NETWORKS: '10.0.0.0/8',
  },
] as const;

const nothingToDo = 'Nothing to do: the machine is what its context says.';

/** Temporary files that an interrupted write may leave; a boot must clean up after its predecessor. */
const leftovers = "find /etc /var/lib/onepilot /root -xdev -name '*.onepilot-new'";

/**
 * Cuts the power of one VM at each of `moments` (seconds after power-on), each time after a change of its
 * context and followed by a boot that must end ready, be what that context says, answer the official client,
 * and have kept the key and the authority of its first boot.
 */
export async function cutPowerAt(
  moments: readonly number[],
  request: Omit<BootRequest, 'context'>,
  timeout: number,
  shell: Shell,
  signal: AbortSignal,
  onCut: (cut: PowerCut) => void,
): Promise<PowerCut[]> {
  let appliance = await boot({ ...request, context: contexts[0] }, shell);
  const cuts: PowerCut[] = [];
  let first: { key: string; authority: string } | undefined;
  try {
    for (const [turn, at] of moments.entries()) {
      const wanted = contexts[turn % 2 === 0 ? 0 : 1];
      await sleep(at * 1000, undefined, { signal });
      await appliance.machine.cutPower();
      appliance = await restart(appliance, undefined, shell);
      const start = Date.now();
      let problem: string | undefined;
      try {
        await waitUntilReady(appliance, timeout, signal);
        const endpoint = await appliance.endpoint();
        await prove(endpoint, signal);
        const identity = {
          key: endpoint.key,
          authority: await appliance.ssh('cat /var/lib/onepilot/authority/ca.crt'),
        };
        first ??= identity;
        if (identity.key !== first.key) problem = 'the key is another one';
        if (identity.authority !== first.authority) problem = 'the authority is another one';
        if ((await appliance.ssh('hostname')) !== wanted.SET_HOSTNAME)
          problem = 'the host name is the old one';
        const preset = await appliance.ssh('cat /etc/onepilot/engine.ini');
        if (!preset.includes(`ctx-size = ${wanted.ONEAPP_COPILOT_CONTEXT_SIZE}`)) {
          problem = 'the context size is the old one';
        }
        if (!(await appliance.ssh('onepilot plan')).includes(nothingToDo))
          problem = 'something is left to do';
        const left = await appliance.ssh(leftovers);
        if (left) problem = `left behind: ${left.replaceAll('\n', ' ')}`;
      } catch (error) {
        signal.throwIfAborted();
        problem = error instanceof Error ? error.message : String(error);
      }
      const cut = { at, readyAfter: (Date.now() - start) / 1000, problem };
      cuts.push(cut);
      onCut(cut);
      if (turn === moments.length - 1) break;
      await appliance.machine.cutPower();
      appliance = await restart(appliance, contexts[turn % 2 === 0 ? 1 : 0], shell);
    }
  } finally {
    await appliance.machine.cutPower();
  }
  return cuts;
}
