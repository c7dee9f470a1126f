import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requirePackages } from '../builder/doctor.ts';
import { findHypervisor } from '../builder/hypervisor.ts';
import { type Manifest, readManifest } from '../builder/manifest.ts';
import { cacheDirectory } from '../builder/places.ts';
import { duration, type Progress, printProgress } from '../builder/progress.ts';
import { loggingShell, type Shell } from '../builder/shell.ts';
import { bringSmokeModel } from '../builder/smoke-model-disk.ts';
import { openLog } from '../cli/log-file.ts';
import { failure } from '../errors/catalogue.ts';
import { boot, checkImage, waitUntilReady } from '../vm/boot.ts';
import { freePort } from '../vm/ports.ts';
import { type RuleResult, requireClean } from './audit.ts';
import { auditImage } from './audit-image.ts';
import { auditListening } from './audit-listening.ts';

/** What `npm run image -- --audit FILE` was asked for. */
export interface FileAuditRequest {
  /** qcow2 with its manifest beside it. */
  readonly image: string;
  /** Boot it too, and look at its ports. */
  readonly boots: boolean;
  readonly signal: AbortSignal;
  readonly onLog?: (path: string) => void;
}

/** Debian packages that taking an image apart needs; booting it needs the others. */
const readers = ['e2fsprogs', 'fdisk', 'mtools', 'qemu-utils'];
const booters = ['openssh-client', 'qemu-system-x86', 'xorriso'];

/** Seconds until the appliance must be ready, under emulation on a busy machine too. */
const bootTimeout = 300;

async function listening(
  image: string,
  manifest: Manifest,
  work: string,
  shell: Shell,
  signal: AbortSignal,
): Promise<RuleResult> {
  const brought = manifest.models.length === 0 ? await bringSmokeModel(work, shell) : undefined;
  const appliance = await boot(
    {
      image,
      context: { SET_HOSTNAME: 'onepilot-audit', ...brought?.context },
      modelDisk: brought?.disk,
      directory: join(work, 'vm'),
      hypervisor: await findHypervisor(shell, signal),
      ports: { https: await freePort(), ssh: await freePort() },
      memory: manifest.memory,
    },
    shell,
  );
  try {
    await waitUntilReady(appliance, bootTimeout, signal);
    return await auditListening(appliance);
  } finally {
    await appliance.machine.cutPower();
  }
}

function printResult(progress: Progress, { name, about, findings, ms }: RuleResult): void {
  const count = findings.length === 0 ? 'clean' : String(findings.length);
  progress.say(`  ${name.padEnd(15)} ${duration(ms).padStart(6)}  ${count.padEnd(6)} ${about}`);
}

/**
 * Audits a finished image against its manifest and prints a line for each rule.
 * @throws AUDIT_FINDINGS, AUDIT_NOT_BOOTABLE, AUDIT_UNREADABLE; MANIFEST_MISSING and the like
 */
export async function auditFile(request: FileAuditRequest): Promise<void> {
  const { image, boots, signal } = request;
  const logs = join(cacheDirectory(), 'log');
  await mkdir(logs, { recursive: true });
  const logFile = join(logs, `audit-${new Date().toISOString().replaceAll(':', '-')}.log`);
  request.onLog?.(logFile);
  const log = openLog(logFile);
  const work = await mkdtemp(join(cacheDirectory(), 'audit-'));
  try {
    const shell = loggingShell(log.stream, signal);
    await requirePackages(shell, boots ? [...readers, ...booters] : readers);
    await checkImage(image, shell);
    const manifest = await readManifest(image);
    if (manifest.kind !== 'image') throw failure('AUDIT_NOT_BOOTABLE', { image });
    const progress = printProgress(process.stdout, log.stream);
    progress.say(`Auditing ${image}. Details: ${logFile}`);
    const onResult = (result: RuleResult) => printResult(progress, result);
    const results = await auditImage({ image, declared: manifest, work, shell, onResult });
    if (boots) {
      const result = await listening(image, manifest, work, shell, signal);
      onResult(result);
      results.push(result);
    }
    requireClean(image, results);
  } finally {
    await rm(work, { recursive: true, force: true });
    await log.end();
  }
}
