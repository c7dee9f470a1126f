import { mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../../src/context/variables.ts';
import { attachDisks, diskMount } from '../../../../src/models/store/disks.ts';
import { emptyStore } from '../download/support/fetching.ts';

const settings = {
  ...defaultSettings(),
  aiModel: { kind: 'source', source: { kind: 'disk', label: 'MODELS', path: 'm.gguf' } },
} as const;

let root = '';
let done: string[] = [];
beforeEach(async () => {
  root = await emptyStore();
  done = [];
  await mkdir(join(root, 'by-label'));
});

const paths = () => ({
  disks: join(root, 'disks'),
  disksByLabel: join(root, 'by-label'),
  mounts: join(root, 'mounts'),
});

/** Devices that the kernel would have, with the mounts in its table. */
const system = {
  mount: async (device: string, directory: string) => {
    done.push(`mount ${device} ${directory}`.replaceAll(root, ''));
  },
  unmount: async (directory: string, how?: { lazily: boolean }) => {
    done.push(`unmount ${directory}${how?.lazily ? ' lazily' : ''}`.replaceAll(root, ''));
  },
};

async function plugIn(device: string, label: string): Promise<void> {
  await writeFile(join(root, device), '');
  await rm(join(root, 'by-label', label), { force: true });
  await symlink(`../${device}`, join(root, 'by-label', label));
}

async function mounted(device: string, label: string): Promise<string> {
  const directory = diskMount(label, paths());
  await mkdir(directory, { recursive: true });
  await writeFile(
    paths().mounts,
    `/dev/vda / ext4 rw 0 0\n${join(root, device)} ${directory} ext4 ro,nosuid 0 0\n`,
  );
  return directory;
}

const attach = (wanted: Parameters<typeof attachDisks>[0] = settings) => attachDisks(wanted, paths(), system);

describe('a disk with models', () => {
  it('is mounted where its label is named and it is there', async () => {
    await attach();
    expect(done).toEqual([]);
    await plugIn('vdb', 'MODELS');
    await attach();
    expect(done).toEqual(['mount /by-label/MODELS /disks/MODELS']);
  });

  it('stays mounted as long as it is the one that has the label, named or not', async () => {
    await plugIn('vdb', 'MODELS');
    await mounted('vdb', 'MODELS');
    await attach();
    await attach(defaultSettings());
    expect(done).toEqual([]);
  });

  it('that is gone is unmounted, and nothing stays in its place', async () => {
    const directory = await mounted('vdb', 'MODELS');
    await attach();
    expect(done).toEqual(['unmount /disks/MODELS lazily']);
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('that was exchanged gives way to the other', async () => {
    await mounted('vdb', 'MODELS');
    await plugIn('vdc', 'MODELS');
    await attach();
    expect(done).toEqual(['unmount /disks/MODELS lazily', 'mount /by-label/MODELS /disks/MODELS']);
  });
});
