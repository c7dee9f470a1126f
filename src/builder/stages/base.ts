import { copyFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';
import { copyrightsFile, debianCopyrights } from '../../bill/debian-copyrights.ts';
import { Contextualization } from '../contextualization.ts';
import { hostSources, mirrorSources } from '../debian-sources.ts';
import { unitList, wantedUnits } from '../debian-units.ts';
import { digestFile, digestOf, digestText, digestTree } from '../digest.ts';
import { clampTimes, setTimes } from '../file-times.ts';
import { identifier } from '../identifier.ts';
import { detachMounts } from '../mounts.ts';
import { oneContextDigest, provideOneContext } from '../one-context.ts';
import { checkout } from '../places.ts';
import { productDate } from '../product.ts';
import type { BuildOptions, Stage, StageRun } from '../stage.ts';
import { copyTree } from '../tree.ts';

const packageList = join(checkout, 'appliance/packages.yaml');
const files = join(checkout, 'appliance/base');

/** Partition table (GPT) for BIOS and UEFI; the root is last, so that it can grow. Sectors of 512 bytes. */
const layout = {
  sectors: 4 * 1024 * 2048,
  // FAT32 needs 65,525 clusters, or firmware takes it for FAT16 and finds nothing.
  efi: { start: 4096, size: 64 * 2048 },
  root: { start: 135_168, size: 4 * 1024 * 2048 - 135_168 - 2048 },
};

/** Where the root filesystem begins, in bytes. */
export const rootOffset = layout.root.start * 512;

function partitionTable(date: number): string {
  const partition = (name: string, type: string, { start, size }: { start: number; size: number }) =>
    `start=${start}, size=${size}, type=${type}, name=${name}, uuid=${identifier(`partition ${name}`, date)}`;
  return [
    'label: gpt',
    `label-id: ${identifier('disk', date)}`,
    partition('bios', '21686148-6449-6E6F-744E-656564454649', { start: 2048, size: 2048 }),
    partition('efi', 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', layout.efi),
    partition('root', '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', layout.root),
  ].join('\n');
}

/** Documentation and translations nobody reads on an appliance; licences stay. */
const dpkgOptions = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
];

const PackageList = z.record(z.string(), z.array(z.string()));

/** Debian packages of a flavour: the group that is called like another one is for that one alone. */
export async function packagesOf(flavour: Contextualization): Promise<string[]> {
  const groups = PackageList.parse(parse(await readFile(packageList, 'utf8')));
  const others: readonly string[] = Contextualization.options.filter((option) => option !== flavour);
  return Object.entries(groups).flatMap(([group, names]) => (others.includes(group) ? [] : names));
}

async function sources({ mirror, suite }: BuildOptions): Promise<string> {
  return mirror === undefined ? hostSources(suite) : mirrorSources(mirror, suite);
}

const listPackages = "dpkg-query -W -f '${Package}=${Version}\\n'";

/** Where the bootstrap leaves the archive's own description of each installed package. */
function packageRecords({ work }: StageRun): string {
  return join(work, 'packages.txt');
}

/** Our files for the base system, with the modes of an image. */
function overlayFiles({ work }: StageRun): string {
  return join(work, 'files');
}

/** The list of those files with their hashes, in the stage's output. */
export const baseFilesFile = 'files.json';

/** Name, version, architecture and SHA-256 of each package, from the output of apt-cache show, tab-separated. */
export function packageTable(records: string): string {
  const rows = records.split(/\n\n+/).flatMap((record) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(record)?.[1];
    const name = field('Package');
    return name ? [[name, field('Version'), field('Architecture'), field('SHA256')].join('\t')] : [];
  });
  return `${rows.sort().join('\n')}\n`;
}

/** Hooks of mmdebstrap that install a package file with what it needs from the archive. */
function installingLocal(path: string): string[] {
  const inside = '/package.deb';
  return [
    `cp /etc/resolv.conf "$1"/etc/resolv.conf && cp ${path} "$1"${inside}`,
    `chroot "$1" env DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install ${inside}`,
    `rm "$1"${inside}`,
  ];
}

/** A hook that describes a package file as the archive would. */
async function recording(path: string, run: StageRun): Promise<string> {
  const sha256 = await digestFile(path);
  const fields = `dpkg-deb -f ${path} Package Version Architecture`;
  return `{ echo; ${fields}; echo SHA256: ${sha256}; } >> ${packageRecords(run)}`;
}

/** Makes the root filesystem a tree: Debian's packages, then our files, then no identity. */
async function bootstrap(run: StageRun, root: string): Promise<void> {
  const { options, work, shell, progress } = run;
  const sourceFile = join(work, 'debian.sources');
  await writeFile(sourceFile, await sources(options));
  const overlay = overlayFiles(run);
  await rm(overlay, { recursive: true, force: true });
  await copyTree(files, overlay);
  const date = await productDate();
  await setTimes(overlay, date);
  await detachMounts(root);
  await rm(root, { recursive: true, force: true });
  const { contextualization = 'agent' } = options;
  const { enabled, disabled, masked } = await wantedUnits(contextualization);
  const withAgent = contextualization === 'agent';
  const oneContext = join(work, 'one-context.deb');
  if (!withAgent) await copyFile(await provideOneContext(options, shell, run.signal), oneContext);
  progress('installing Debian packages');
  const hooks = [
    // Before our files: its scripts clear network settings away.
    ...(withAgent ? [] : installingLocal(oneContext)),
    // While the package lists are still there: they hold the hash of each package file.
    `chroot "$1" ${listPackages} | grep -v ^one-context= | chroot "$1" xargs apt-cache show --no-all-versions > ${packageRecords(run)}`,
    ...(withAgent ? [] : [await recording(oneContext, run)]),
    // sshd must not start its first life with keys that every image would share.
    'rm -f "$1"/etc/ssh/ssh_host_*',
    `cp -a ${overlay}/. "$1"/`,
    `chroot "$1" systemctl -q enable ${enabled.join(' ')}`,
    `chroot "$1" systemctl -q disable ${disabled.join(' ')}`,
    `chroot "$1" systemctl -q mask ${masked.join(' ')}`,
    // Again, with the list of modules among our files.
    'chroot "$1" update-initramfs -u',
    'ln -sf ../run/systemd/resolve/stub-resolv.conf "$1"/etc/resolv.conf',
    ': > "$1"/etc/machine-id',
    'rm -f "$1"/var/lib/dbus/machine-id "$1"/var/log/*.log "$1"/var/log/apt/*',
  ];
  await shell.run(
    ['mmdebstrap', '--variant=minbase', '--format=directory'].concat(
      `--include=${(await packagesOf(options.contextualization ?? 'agent')).join(',')}`,
      '--aptopt=Apt::Install-Recommends "false"',
      dpkgOptions.map((option) => `--dpkgopt=${option}`),
      hooks.map((hook) => `--customize-hook=${hook}`),
      [options.suite, root, sourceFile],
    ),
    // Heeded by what makes accounts and the initrd.
    { env: { SOURCE_DATE_EPOCH: String(date) } },
  );
  await clampTimes(root, date);
}

/** Writes the tree into a partitioned disk without loop devices (mke2fs -d, decision 6). */
async function makeDisk({ shell, work, output, progress }: StageRun, root: string): Promise<void> {
  progress('writing the disk');
  const date = await productDate();
  const disk = join(work, 'base.raw');
  const efi = join(work, 'efi.raw');
  for (const [path, sectors] of [
    [disk, layout.sectors],
    [efi, layout.efi.size],
  ] as const) {
    await rm(path, { force: true });
    await writeFile(path, '');
    await truncate(path, sectors * 512);
  }
  await shell.run(['sfdisk', '-q', disk], { input: partitionTable(date) });
  const serial = digestText(`efi ${date}`).slice(0, 8);
  const efiFormat = ['mkfs.vfat', '-F', '32', '-s', '1', '-n', 'ONEPILOTEFI'];
  await shell.run([...efiFormat, '--invariant', '-i', serial, efi]);
  await shell.run([
    'dd',
    `if=${efi}`,
    `of=${disk}`,
    `seek=${layout.efi.start}`,
    'conv=notrunc',
    'status=none',
  ]);
  await shell.run(
    ['mke2fs', '-q', '-t', 'ext4', '-L', 'onepilot-root', '-U', identifier('root', date), '-d', root].concat([
      '-E',
      `offset=${rootOffset},lazy_itable_init=0,hash_seed=${identifier('directories', date)}`,
      disk,
      `${layout.root.size / 2}k`,
    ]),
  );
  await shell.run(['qemu-img', 'convert', '-O', 'qcow2', disk, join(output, 'base.qcow2')]);
}

export const baseStage: Stage = {
  name: 'base',
  about: 'Debian from its signed archive, about a minute',
  room: 2,
  needs: [],

  async inputs(options) {
    const { contextualization = 'agent' } = options;
    return {
      suite: options.suite,
      date: String(await productDate()),
      contextualization,
      ...(contextualization === 'one-context' && { 'one-context': await oneContextDigest(options) }),
      'package sources': digestText(await sources(options)),
      'appliance/packages.yaml': await digestFile(packageList),
      'appliance/services.yaml': await digestFile(unitList),
      'appliance/base/': await digestOf(files),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run(run) {
    const root = join(run.work, 'root');
    await bootstrap(run, root);
    const boot = join(root, 'boot');
    for (const name of await readdir(boot)) {
      const kind = ['vmlinuz', 'initrd.img'].find((prefix) => name.startsWith(`${prefix}-`));
      if (kind) await run.shell.run(['cp', join(boot, name), join(run.output, kind)]);
    }
    const records = await readFile(packageRecords(run), 'utf8');
    await writeFile(join(run.output, 'packages.tsv'), packageTable(records));
    await writeFile(join(run.output, copyrightsFile), JSON.stringify(await debianCopyrights(root, records)));
    const overlay = await digestTree(overlayFiles(run));
    await writeFile(join(run.output, baseFilesFile), JSON.stringify(overlay, undefined, 1));
    await makeDisk(run, root);
  },
};
