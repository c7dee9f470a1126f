import { cp, readFile, rename, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clearFreeSpace } from '../../audit/clear-free-space.ts';
import { makeSshKey } from '../../vm/ssh.ts';
import { digestFile, digestOf } from '../digest.ts';
import { diskMebibytes } from '../disk-size.ts';
import { findHypervisor, safeCpus } from '../hypervisor.ts';
import { checkout } from '../places.ts';
import { productDate } from '../product.ts';
import type { Stage } from '../stage.ts';
import { PayloadRecord } from './payload.ts';

const template = join(checkout, 'packer');

/** File name of the image that packer makes. */
export const imageName = 'onepilot.qcow2';

/** Packer keeps the QEMU builder in a plugin from 1.7 on, and older ones do not know the block that asks for it. */
export function wantsPlugins(version: string): boolean {
  const [, major, minor] = /v?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= 7;
}

export const packerStage: Stage = {
  name: 'packer',
  about: 'packer build: the payload installed in a running guest, about a minute',
  room: 2,
  modelCopies: 2,
  needs: ['base', 'payload'],

  async inputs() {
    return {
      'packer/': await digestOf(template),
      date: String(await productDate()),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run({ output, work, shell, signal, outputOf, progress }) {
    const copy = join(work, 'template');
    await rm(copy, { recursive: true, force: true });
    await cp(template, copy, { recursive: true });
    const env = { CHECKPOINT_DISABLE: '1', PACKER_CACHE_DIR: join(work, 'packer-cache') };
    if (wantsPlugins(await shell.run(['packer', 'version'], { env }))) {
      await rename(join(copy, 'plugins/qemu.pkr.hcl'), join(copy, 'plugins.pkr.hcl'));
      await shell.run(['packer', 'init', copy], { env });
    }

    const hypervisor = await findHypervisor(shell, signal);
    const key = await makeSshKey(work, shell);
    const built = join(work, 'built');
    await rm(built, { recursive: true, force: true });
    const variables = {
      base_disk: join(outputOf('base'), 'base.qcow2'),
      kernel: join(outputOf('base'), 'vmlinuz'),
      initrd: join(outputOf('base'), 'initrd.img'),
      payload: join(outputOf('payload'), 'payload.raw'),
      ssh_private_key_file: key.path,
      ssh_public_key_base64: (await readFile(`${key.path}.pub`)).toString('base64'),
      source_date_epoch: String(await productDate()),
      output_directory: built,
      image_name: imageName,
      disk_size: `${diskMebibytes(await modelBytes(outputOf('payload')))}M`,
      accelerator: hypervisor.accelerator,
      cpu_model: hypervisor.accelerator === 'kvm' ? 'host' : 'max',
      cpus: String(safeCpus(hypervisor, cpus().length)),
      console_log: join(work, 'console.log'),
    };
    const options = Object.entries(variables).flatMap(([name, value]) => ['-var', `${name}=${value}`]);
    await shell.run(['packer', 'build', '-color=false', ...options, copy], {
      env,
      onLine: (line) => progress(line.replace(/^(==>|\s)*\s*qemu\.onepilot: /, '').slice(0, 100)),
    });
    progress('clearing what is free');
    await clearFreeSpace(join(built, imageName), work, shell);
    await rename(join(built, imageName), join(output, imageName));
  },
};

/** Bytes of the models that lie in a payload. */
async function modelBytes(payload: string): Promise<number> {
  const text = await readFile(join(payload, 'payload.json'), 'utf8');
  const { models, files } = PayloadRecord.parse(JSON.parse(text));
  const names = new Set(models.map(({ file }) => `var/lib/onepilot/models/${file}`));
  return files.reduce((sum, { path, size }) => sum + (names.has(path) ? size : 0), 0);
}
