import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { failure } from '../errors/catalogue.ts';
import { backportsSources, hostArchive } from './debian-sources.ts';
import { findHypervisor, goodQemu, type Hypervisor, qemuMajor } from './hypervisor.ts';
import type { Shell } from './shell.ts';

/** Debian packages that building and booting an image needs, and what for. */
export const requiredPackages: Readonly<Record<string, string>> = {
  'ca-certificates': 'fetching over HTTPS',
  cmake: 'engine',
  curl: 'the curl line that npm run vm prints',
  dosfstools: 'the EFI partition',
  e2fsprogs: 'root filesystem and payload',
  faketime: 'a clock that is wrong for one program',
  fdisk: 'partition table',
  'g++': 'engine and native addons',
  git: 'unpacking the engine source',
  iproute2: 'trying the firewall, and hosts for ACME',
  'libsystemd-dev': 'sd-notify',
  make: 'native addons',
  mmdebstrap: 'base system',
  mtools: 'looking into the EFI partition',
  nftables: 'trying the firewall',
  'ninja-build': 'engine',
  'openssh-client': 'reaching the VM',
  ovmf: 'booting the image under UEFI',
  packer: 'packer build',
  pebble: 'an ACME server to try certificates with',
  python3: 'node-gyp',
  'qemu-system-x86': 'booting',
  'qemu-utils': 'disk images',
  'ruby-rspec': 'running the certification of the marketplace',
  systemd: 'trying what the image leaves to systemd-tmpfiles',
  'testssl.sh': 'a close look at the TLS that is served',
  xorriso: 'context disks',
  yamllint: "what the marketplace's repository runs on entries",
};

/** Those that are taken from backports where the release's own are too old. */
const qemuPackages = ['qemu-system-x86', 'qemu-utils'];

export const gibibyte = 1024 ** 3;
/** The VM gets 2 GiB; the engine's compiler about as much. */
const leastMemory = 3.5 * gibibyte;

/** What the doctor found out. */
export interface Diagnosis {
  readonly hypervisor: Hypervisor;
  /** Packages installed by this run. */
  readonly installed: readonly string[];
}

async function missingPackages(
  shell: Shell,
  wanted: readonly string[] = Object.keys(requiredPackages),
): Promise<string[]> {
  const listed = await shell.run(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n']);
  const present = new Set(
    listed.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0] ?? ''] : [])),
  );
  return wanted.filter((name) => !present.has(name));
}

/** A fresh machine may be busy with its own daily update. Seconds. */
const waitForLock = ['-o', 'DPkg::Lock::Timeout=120'];

const quietly = { env: { DEBIAN_FRONTEND: 'noninteractive' } };

async function installPackages(shell: Shell, names: readonly string[]): Promise<void> {
  try {
    // An installation that was interrupted leaves packages that apt refuses to go on with.
    await shell.run(['dpkg', '--configure', '-a'], quietly);
    await shell.run(['apt-get', 'update', '-q'], quietly);
    await shell.run(
      ['apt-get', ...waitForLock, 'install', '-qy', '--no-install-recommends', ...names],
      quietly,
    );
  } catch (error) {
    throw failure('BUILD_PACKAGES_MISSING', { packages: names.join(' ') }, { cause: error });
  }
}

/**
 * Takes QEMU from this Debian's backports, through package sources of our own: the machine's stay as they are.
 * An archive without backports leaves the old one, which works, slowly and with one CPU.
 */
async function installNewQemu(cache: string, shell: Shell): Promise<boolean> {
  const archive = await hostArchive().catch(() => undefined);
  if (!archive) return false;
  const { codename, text, extension } = archive;
  const apt = join(cache, 'apt');
  const parts = join(apt, 'sources');
  await rm(apt, { recursive: true, force: true });
  await mkdir(join(apt, 'lists/partial'), { recursive: true });
  await mkdir(parts);
  await writeFile(join(parts, `host.${extension}`), text);
  await writeFile(join(parts, `backports.${extension}`), backportsSources(text, codename));
  const options = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': parts,
    'Dir::State::lists': join(apt, 'lists'),
  };
  const aptGet = [
    'apt-get',
    '-q',
    ...waitForLock,
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
  const install = [
    'install',
    '-y',
    '--no-install-recommends',
    '-t',
    `${codename}-backports`,
    ...qemuPackages,
  ];
  return shell
    .run([...aptGet, 'update'], quietly)
    .then(() => shell.run([...aptGet, ...install], quietly))
    .then(
      () => true,
      () => false,
    );
}

/** Throws BUILD_NOT_ROOT unless this process may make filesystems with root-owned files. */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw failure('BUILD_NOT_ROOT', {});
}

/**
 * Makes sure that there is room for what is still to be built.
 * @param need bytes
 * @throws BUILD_NO_SPACE
 */
export async function requireSpace(path: string, need: number): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free < need)
    throw failure('BUILD_NO_SPACE', { path, free: inGibibytes(free), need: inGibibytes(need) });
}

function inGibibytes(bytes: number): string {
  return (bytes / gibibyte).toFixed(1);
}

function requireBytesOfMemory(need: number): void {
  if (totalmem() >= need) return;
  throw failure('BUILD_NO_MEMORY', { memory: inGibibytes(totalmem()), need: inGibibytes(need) });
}

/** What this machine needs beside the VM that it boots. */
const besideTheVm = 1.5 * gibibyte;

/**
 * Makes sure that a VM with `mebibytes` of memory can be booted here.
 * @throws BUILD_NO_MEMORY
 */
export function requireMemory(mebibytes: number): void {
  requireBytesOfMemory(mebibytes * 1024 ** 2 + besideTheVm);
}

/** Installs what is missing of Debian's packages, QEMU aside. @throws BUILD_PACKAGES_MISSING */
export async function requirePackages(shell: Shell, wanted?: readonly string[]): Promise<void> {
  const missing = (await missingPackages(shell, wanted)).filter((name) => !qemuPackages.includes(name));
  if (missing.length > 0) await installPackages(shell, missing);
}

/**
 * Makes sure that this machine can build: root, packages (installed when missing), memory; and finds the
 * accelerator by trial.
 * @param cache directory for package lists of our own
 * @throws BUILD_NOT_ROOT, BUILD_NOT_DEBIAN, BUILD_PACKAGES_MISSING, BUILD_NO_MEMORY
 */
export async function examine(cache: string, shell: Shell, signal: AbortSignal): Promise<Diagnosis> {
  requireRoot();
  if (!(await stat('/etc/debian_version').catch(() => undefined))) throw failure('BUILD_NOT_DEBIAN', {});
  requireBytesOfMemory(leastMemory);
  const missing = await missingPackages(shell);
  await requirePackages(shell);
  const old = (await qemuMajor(shell)) < goodQemu;
  const renewed = old && (await installNewQemu(cache, shell));
  const still = (await missingPackages(shell)).filter((name) => qemuPackages.includes(name));
  if (still.length > 0) await installPackages(shell, still);
  return {
    hypervisor: await findHypervisor(shell, signal),
    installed: renewed ? [...new Set([...missing, ...qemuPackages])] : missing,
  };
}
