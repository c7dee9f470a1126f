import { mkdir, mkdtemp, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clearFreeSpace } from '../../../src/audit/clear-free-space.ts';
import { type Area, parseGeometry } from '../../../src/audit/free-space.ts';
import { readText } from '../../../src/audit/inventory.ts';
import { complement, intersection } from '../../../src/audit/ranges.ts';
import { type ReadImage, readImage } from '../../../src/audit/read-image.ts';
import { digestText } from '../../../src/builder/digest.ts';
import { loggingShell, type Shell } from '../../../src/builder/shell.ts';
import { openLog } from '../../../src/cli/log-file.ts';

const sector = 512;
// mtools takes a smaller FAT32 for FAT16, as firmware does.
const efiSectors = 131_072;
const start = { efi: 4096, root: 4096 + efiSectors };
const longTarget = `/${'a-directory-with-a-long-name/'.repeat(4)}end`;
const table = `label: gpt
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649
start=${start.efi}, size=${efiSectors}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
start=${start.root}, size=49152, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709
`;

let directory: string;
let shell: Shell;
let image: string;
let read: ReadImage;

/** A disk as the builder lays it out, small. */
async function makeDisk(tree: string, raw: string): Promise<void> {
  const efi = join(directory, 'efi.raw');
  for (const [path, sectors] of [
    [raw, start.root + 51_200],
    [efi, efiSectors],
  ] as const) {
    await writeFile(path, '');
    await truncate(path, sectors * sector);
  }
  await shell.run(['sfdisk', '-q', raw], { input: table });
  await shell.run(['mkfs.vfat', '-F', '32', '-s', '1', efi]);
  await shell.run(['mmd', '-i', efi, '::EFI']);
  await writeFile(join(directory, 'boot.efi'), 'MZ');
  await shell.run(['mcopy', '-i', efi, join(directory, 'boot.efi'), '::EFI/BOOTX64.EFI']);
  const erased = join(directory, 'erased');
  await writeFile(erased, 'erased from here '.repeat(1000));
  await shell.run(['mcopy', '-i', efi, erased, '::']);
  await shell.run(['mdel', '-i', efi, '::erased']);
  await shell.run([
    'dd',
    `if=${efi}`,
    `of=${raw}`,
    `seek=${start.efi}`,
    'conv=notrunc,sparse',
    'status=none',
  ]);
  const behind = await open(raw, 'r+');
  await behind.write('behind the last partition', (start.root + 49_152 + 10) * sector);
  await behind.close();
  const offset = start.root * sector;
  await shell.run(['mke2fs', '-q', '-t', 'ext4', '-d', tree, '-E', `offset=${offset}`, raw, '24576k']);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-audit-'));
  shell = loggingShell(openLog(join(directory, 'log')).stream, AbortSignal.timeout(60_000));
  const tree = join(directory, 'tree');
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  await writeFile(join(tree, 'usr/bin/su'), 'su');
  await mkdir(join(tree, 'boot/efi/EFI'), { recursive: true });
  await writeFile(join(tree, 'boot/efi/EFI/spy.efi'), 'MZ');
  await shell.run(['chown', '7:8', join(tree, 'usr/bin/su')]);
  await shell.run(['chmod', '6755', join(tree, 'usr/bin/su')]);
  await symlink('usr/bin', join(tree, 'bin'));
  await symlink(longTarget, join(tree, 'far'));
  await writeFile(join(tree, 'sparse'), 'head');
  await truncate(join(tree, 'sparse'), 200_000);
  await writeFile(join(tree, 'large'), 'x'.repeat(3 * 1024 ** 2));
  const raw = join(directory, 'made.raw');
  await makeDisk(tree, raw);
  // A file that is written and deleted again leaves its content behind.
  await writeFile(join(directory, 'secret'), 'once written '.repeat(20_000));
  const commands = [
    `write ${join(directory, 'secret')} secret`,
    'rm secret',
    'ea_set usr/bin/su security.capability 1234',
  ];
  await writeFile(join(directory, 'commands'), `${commands.join('\n')}\n`);
  await shell.run([
    'debugfs',
    '-w',
    '-f',
    join(directory, 'commands'),
    `${raw}?offset=${start.root * sector}`,
  ]);
  image = join(directory, 'image.qcow2');
  await shell.run(['qemu-img', 'convert', '-O', 'qcow2', raw, image]);
  await mkdir(join(directory, 'work'));
  read = await readImage(image, join(directory, 'work'), shell);
});
afterAll(async () => {
  await read?.close();
  await rm(directory, { recursive: true, force: true });
});

describe('an image taken apart', () => {
  it('shows modes with their special bits, attributes, and owners by number', () => {
    expect(read.inventory.entries.get('/usr/bin/su')).toMatchObject({
      kind: 'file',
      mode: 0o6755,
      uid: 7,
      gid: 8,
      size: 2,
      attributes: ['security.capability'],
    });
    expect(read.inventory.entries.get('/')).toMatchObject({ kind: 'directory' });
  });

  it('shows where links point, short and long', () => {
    expect(read.inventory.entries.get('/bin')).toMatchObject({ kind: 'link', target: 'usr/bin' });
    expect(read.inventory.entries.get('/far')).toMatchObject({ kind: 'link', target: longTarget });
  });

  it('gives contents, holes as zeros', async () => {
    expect(await readText(read.inventory, '/usr/bin/su')).toBe('su');
    expect(await readText(read.inventory, '/nowhere')).toBe('');
    const sparse = Buffer.alloc(200_000);
    sparse.write('head');
    expect(await read.inventory.digest('/sparse', 'sha256')).toBe(digestText(sparse));
    expect(await read.inventory.digest('/large', 'sha256')).toBe(digestText('x'.repeat(3 * 1024 ** 2)));
  });

  it('holds the EFI partition where the appliance mounts it', async () => {
    expect(read.inventory.entries.get('/boot/efi/EFI')).toMatchObject({ kind: 'directory' });
    expect(await readText(read.inventory, '/boot/efi/EFI/BOOTX64.EFI')).toBe('MZ');
  });

  it('shows what lies beneath the EFI partition by itself, for nobody sees it', () => {
    expect(read.hidden).toEqual(['/boot/efi/EFI', '/boot/efi/EFI/spy.efi']);
    expect(read.inventory.entries.has('/boot/efi/EFI/spy.efi')).toBe(false);
  });

  it('shows its partitions', () => {
    expect(read.partitions.map((partition) => [partition.start, partition.length])).toEqual([
      [2048 * sector, 2048 * sector],
      [start.efi * sector, efiSectors * sector],
      [start.root * sector, 49_152 * sector],
    ]);
  });

  it('is refused when it is no such disk', async () => {
    const other = join(directory, 'other.qcow2');
    await shell.run(['qemu-img', 'create', '-q', '-f', 'qcow2', other, '4M']);
    const work = join(directory, 'other');
    await mkdir(work);
    await expect(readImage(other, work, shell)).rejects.toMatchObject({ code: 'BUILD_COMMAND_FAILED' });
  });
});

describe('what is free on a disk', () => {
  it('is found in both file systems and behind the partitions', () => {
    const found = (wanted: Area) => read.freeSpace.garbage.filter(({ area }) => area === wanted);
    expect(found('root').length).toBeGreaterThan(0);
    const erased = found('efi').reduce((sum, { length }) => sum + length, 0);
    expect(erased).toBeGreaterThanOrEqual(17_000);
    // It is looked for in steps.
    expect(erased).toBeLessThan(17_000 + 2 * 4096);
    const at = (start.root + 49_152) * sector;
    expect(found('disk')).toEqual([{ area: 'disk', start: at + 8 * sector, length: 4096 }]);
  });

  it('is all that is in no run', () => {
    const runs = [
      { start: 20, length: 5 },
      { start: 5, length: 10 },
      { start: 6, length: 2 },
    ];
    expect(complement(runs, 30)).toEqual([
      { start: 0, length: 5 },
      { start: 15, length: 5 },
      { start: 25, length: 5 },
    ]);
    expect(complement(runs, 25)).toHaveLength(2);
  });

  it('is found to hold what was deleted, and is cleared without harm', async () => {
    const bytes = read.freeSpace.garbage.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeGreaterThanOrEqual(260_000);
    const copy = join(directory, 'copy.qcow2');
    await shell.run(['cp', image, copy]);
    const work = join(directory, 'clear');
    await mkdir(work);
    expect(await clearFreeSpace(copy, work, shell)).toBe(bytes);
    expect(await clearFreeSpace(copy, work, shell)).toBe(0);
    const again = await readImage(copy, work, shell);
    expect(again.freeSpace.garbage).toEqual([]);
    expect([...again.inventory.entries]).toEqual([...read.inventory.entries]);
    expect(await again.inventory.digest('/large', 'sha256')).toBe(
      await read.inventory.digest('/large', 'sha256'),
    );
    const raw = join(directory, 'checked.raw');
    await shell.run(['qemu-img', 'convert', '-O', 'raw', copy, raw]);
    await shell.run(['e2fsck', '-fn', `${raw}?offset=${start.root * sector}`]);
    await again.close();
  });

  it('is read from dumpe2fs in bytes, with a journal that waits', () => {
    const text =
      'Filesystem features:      has_journal needs_recovery\nBlock size:               1024\nBlock count:              16\n';
    expect(parseGeometry(`${text}  Free blocks: 2, 5-9\n  Free blocks: \n`)).toEqual({
      blockSize: 1024,
      size: 16_384,
      free: [
        { start: 2048, length: 1024 },
        { start: 5120, length: 5120 },
      ],
      needsRecovery: true,
    });
    expect(() => parseGeometry('')).toThrow(/block size/);
  });

  it('meets what is stored where both are', () => {
    const free = [
      { start: 0, length: 10 },
      { start: 20, length: 10 },
      { start: 40, length: 10 },
    ];
    const data = [
      { start: 5, length: 20 },
      { start: 26, length: 1 },
      { start: 50, length: 5 },
    ];
    expect(intersection(free, data)).toEqual([
      { start: 5, length: 5 },
      { start: 20, length: 5 },
      { start: 26, length: 1 },
    ]);
  });
});
