import { mkdir, stat, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { failure } from '../errors/catalogue.ts';
import { type Accelerator, findAccelerator } from './accelerator.ts';
import type { Shell } from './shell.ts';

/** Debian packages that building and booting an image needs, and what for. */
export const requiredPackages: Readonly<Record<string, string>> = {
  'ca-certificates': 'fetching over HTTPS',
  cmake: 'engine',
  curl: 'the curl line that npm run vm prints',
  dosfstools: 'the EFI partition',
  e2fsprogs: 'root filesystem and payload',
  fdisk: 'partition table',
  'g++': 'engine and native addons',
  git: 'unpacking the engine source',
  'libsystemd-dev': 'sd-notify',
  make: 'native addons',
  mmdebstrap: 'base system',
  mtools: 'the EFI partition',
  'ninja-build': 'engine',
  'openssh-client': 'reaching the VM',
  ovmf: 'booting the image under UEFI',
  packer: 'packer build',
  python3: 'node-gyp',
  'qemu-system-x86': 'booting',
  'qemu-utils': 'disk images',
  xorriso: 'context disks',
};

const gibibyte = 1024 ** 3;
/** Room for engine build, base, payload and images of the smoke profile, with some to spare. */
const leastDisk = 8 * gibibyte;
/** The VM gets 2 GiB; the engine's compiler about as much. */
const leastMemory = 3.5 * gibibyte;

/** What the doctor found out. */
export interface Diagnosis {
  readonly accelerator: Accelerator;
  /** Packages installed by this run. */
  readonly installed: readonly string[];
}

async function missingPackages(shell: Shell): Promise<string[]> {
  const listed = await shell.run(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n']);
  const present = new Set(
    listed.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0] ?? ''] : [])),
  );
  return Object.keys(requiredPackages).filter((name) => !present.has(name));
}

async function installPackages(shell: Shell, names: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await shell.run(['apt-get', 'update', '-q'], { env });
    await shell.run(['apt-get', 'install', '-qy', '--no-install-recommends', ...names], { env });
  } catch (error) {
    throw failure('BUILD_PACKAGES_MISSING', { packages: names.join(' ') }, { cause: error });
  }
}

/** Throws BUILD_NOT_ROOT unless this process may make filesystems with root-owned files. */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw failure('BUILD_NOT_ROOT', {});
}

/**
 * Makes sure that this machine can build: root, packages (installed when missing), disk, memory; and finds
 * the accelerator by trial.
 * @param cache directory whose filesystem must have room
 * @throws BUILD_NOT_ROOT, BUILD_PACKAGES_MISSING, BUILD_NO_SPACE, BUILD_NO_MEMORY
 */
export async function examine(cache: string, shell: Shell, signal: AbortSignal): Promise<Diagnosis> {
  requireRoot();
  if (!(await stat('/etc/debian_version').catch(() => undefined))) throw failure('BUILD_NOT_DEBIAN', {});
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  const free = bavail * bsize;
  const gib = (bytes: number) => (bytes / gibibyte).toFixed(1);
  if (free < leastDisk)
    throw failure('BUILD_NO_SPACE', { path: cache, free: gib(free), need: gib(leastDisk) });
  if (totalmem() < leastMemory) {
    throw failure('BUILD_NO_MEMORY', { memory: gib(totalmem()), need: gib(leastMemory) });
  }
  const missing = await missingPackages(shell);
  if (missing.length > 0) await installPackages(shell, missing);
  return { accelerator: await findAccelerator(signal), installed: missing };
}
