import { expect, it } from 'vitest';
import { findHypervisor } from '../../src/builder/hypervisor.ts';
import { cutPowerAt } from '../../src/campaign/power-cuts.ts';
import { freePort } from '../../src/vm/ports.ts';
import { bootTimeout, imageUnderTest, workplace } from './support/appliance.ts';

/** Seconds after power-on: while the agent writes at its first boot, a little later, and once more. */
const moments = [13, 16, 19];

it('loses nothing in three power cuts, and each next boot is what the context says', async () => {
  const { directory, shell, remove } = await workplace();
  const signal = AbortSignal.timeout(15 * 60_000);
  try {
    const request = {
      image: await imageUnderTest(),
      directory,
      hypervisor: await findHypervisor(shell, signal),
      ports: { https: await freePort(), ssh: await freePort() },
      memory: 2048,
    };
    const cuts = await cutPowerAt(moments, request, bootTimeout, shell, signal, () => {});
    expect(cuts.map(({ problem }) => problem ?? 'nothing lost')).toEqual(moments.map(() => 'nothing lost'));
  } finally {
    await remove();
  }
});
