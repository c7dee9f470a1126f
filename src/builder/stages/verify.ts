import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireClean } from '../../audit/audit.ts';
import { auditImage } from '../../audit/audit-image.ts';
import { auditListening } from '../../audit/audit-listening.ts';
import { policyFile } from '../../audit/policy.ts';
import { boot, waitUntilReady } from '../../vm/boot.ts';
import { httpsAnswer } from '../../vm/https-answer.ts';
import { freePort } from '../../vm/ports.ts';
import { prove } from '../../vm/proof.ts';
import { readContents } from '../contents.ts';
import { digestFile, digestOf } from '../digest.ts';
import { findHypervisor } from '../hypervisor.ts';
import { checkout } from '../places.ts';
import { profileOf } from '../profiles.ts';
import { bringSmokeModel } from '../smoke-model-disk.ts';
import type { Stage } from '../stage.ts';
import { imageName } from './packer.ts';

/** Generous: a loaded builder under emulation is slow, and a hang is told apart by its console. Seconds. */
const bootTimeout = 300;

export const verifyStage: Stage = {
  name: 'verify',
  about: 'audits the image, boots it from its own disk and asks it, about a minute',
  room: 1.5,
  modelCopies: 1,
  needs: ['base', 'payload', 'packer'],

  async inputs() {
    return {
      'src/vm/': await digestOf(join(checkout, 'src/vm')),
      'src/audit/': await digestOf(join(checkout, 'src/audit')),
      'appliance/audit.yaml': await digestFile(policyFile),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run({ options, output, work, shell, signal, outputOf, progress }) {
    const image = join(outputOf('packer'), imageName);
    const declared = {
      ...(await readContents(outputOf)),
      contextualization: options.contextualization ?? 'agent',
    };
    progress('auditing it');
    requireClean(image, await auditImage({ image, declared, work: join(work, 'audit'), shell }));

    const directory = join(work, 'vm');
    await rm(directory, { recursive: true, force: true });
    const hypervisor = await findHypervisor(shell, signal);
    const brought = options.profile === 'bare' ? await bringSmokeModel(work, shell) : undefined;
    const appliance = await boot(
      {
        image,
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
      requireClean(image, [await auditListening(appliance)]);
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
