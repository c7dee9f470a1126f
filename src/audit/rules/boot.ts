import { type Inventory, readText } from '../inventory.ts';
import type { Rule } from '../subject.ts';

const configuration = '/boot/grub/grub.cfg';
const isBlank = (sector: Buffer) => sector.every((byte) => byte === 0);

/** Problems of one `linux` line and the kernel it names. */
function kernelProblems(line: string, { entries }: Inventory): string[] {
  const [kernel = '', ...parameters] = line.split(/\s+/);
  return [
    ...(entries.has(kernel) ? [] : [`${configuration} starts ${kernel}, which is not there`]),
    ...(parameters.some((parameter) => /ttyS/.test(parameter))
      ? ['a serial console is on the kernel command line']
      : []),
    ...['net.ifnames=0', 'biosdevname=0']
      .filter((wanted) => !parameters.includes(wanted))
      .map((wanted) => `${wanted} is missing on the kernel command line: NICs would not be called ethN`),
  ];
}

export const boot: Rule = {
  name: 'boot',
  about: 'it boots under BIOS and UEFI, without a serial console and with NICs called ethN',
  check: async ({ inventory, bootCode }) => {
    const text = await readText(inventory, configuration);
    const commands = (word: string) =>
      [...text.matchAll(new RegExp(`^\\s*${word}\\s+(.*)$`, 'gm'))].map(([, rest = '']) => rest);
    const kernels = commands('linux');
    return [
      ...(kernels.length > 0 ? [] : [`${configuration} starts no kernel`]),
      ...new Set(kernels.flatMap((line) => kernelProblems(line, inventory))),
      ...commands('initrd')
        .filter((path) => !inventory.entries.has(path.trim()))
        .map((path) => `${configuration} loads ${path}, which is not there`),
      ...(inventory.entries.has('/boot/grub/i386-pc/core.img') ? [] : ['GRUB is not installed for BIOS']),
      ...(isBlank(bootCode.sector.subarray(0, 440)) || isBlank(bootCode.partition)
        ? ['the disk has no boot loader for BIOS']
        : []),
      ...(inventory.entries.has('/boot/efi/EFI/BOOT/BOOTX64.EFI') ? [] : ['GRUB is not installed for UEFI']),
    ];
  },
};
