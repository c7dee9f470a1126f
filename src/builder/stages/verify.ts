import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelDiskContext } from '../../models/model-disk.ts';
import { writeSmokeModel } from '../../models/smoke/write.ts';
import { boot, waitUntilReady } from '../../vm/boot.ts';
import { httpsAnswer } from '../../vm/https-answer.ts';
import { freePort } from '../../vm/ports.ts';
import { prove } from '../../vm/proof.ts';
import { digestFile, digestOf } from '../digest.ts';
import { findHypervisor } from '../hypervisor.ts';
import { checkout } from '../places.ts';
import { profileOf } from '../profiles.ts';
import type { Shell } from '../shell.ts';
import type { Stage } from '../stage.ts';
import { makeModelDisk } from './model-disk.ts';
import { imageName } from './packer.ts';

/** Generous: a loaded builder under emulation is slow, and a hang is told apart by its console. Seconds. */
const bootTimeout = 300;

/** What a VM without models of its own is given: the smoke model on a disk, and a context that names it. */
async function bringModel(work: string, shell: Shell) {
  const directory = join(work, 'models');
  const disk = join(work, 'models.raw');
  await mkdir(directory, { recursive: true });
  const model = await writeSmokeModel(directory);
  const { size } = await stat(join(directory, model.file));
  await makeModelDisk(directory, disk, size, shell);
  return { disk, context: modelDiskContext([model]) };
}

export const verifyStage: Stage = {
  name: 'verify',
  about: 'boots the image from its own disk and asks it, about a minute',
  room: 1,
  needs: ['packer'],

  async inputs() {
    return {
      'src/vm/': await digestOf(join(checkout, 'src/vm')),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run({ options, output, work, shell, signal, outputOf, progress }) {
    const directory = join(work, 'vm');
    await rm(directory, { recursive: true, force: true });
    const hypervisor = await findHypervisor(shell, signal);
    const brought = options.profile === 'bare' ? await bringModel(work, shell) : undefined;
    const appliance = await boot(
      {
        image: join(outputOf('packer'), imageName),
        context: { SET_HOSTNAME: 'onepilot-verify', ...brought?.context },
        modelDisk: brought?.disk,
        directory,
        hypervisor,
        ports: { https: await freePort(), ssh: await freePort() },
        memory: (await profileOf(options)).memory,
      },
      shell,
    );
    const stop = new AbortController();
    try {
      const start = Date.now();
      const answer = httpsAnswer(
        appliance.machine.shape.ports.https,
        AbortSignal.any([signal, stop.signal]),
      ).catch(() => undefined);
      await waitUntilReady(appliance, bootTimeout, signal, (line) => progress(line.slice(0, 100)));
      const times = { httpsMs: await answer, readyMs: Date.now() - start };
      progress('asking it');
      const proof = await prove(await appliance.endpoint(), signal);
      const console = await appliance.machine.console();
      await writeFile(join(output, 'proof.json'), JSON.stringify({ hypervisor, times, proof }, undefined, 1));
      await writeFile(join(output, 'console.log'), console);
      await appliance.machine.powerOff();
    } finally {
      stop.abort();
      await appliance.machine.cutPower();
    }
  },
};
