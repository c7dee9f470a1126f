import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { namingFullDisk } from '../../../src/builder/disk-full.ts';
import { requireRooms } from '../../../src/builder/room.ts';

describe('the room that is wanted in several directories', () => {
  it('is added up where they lie on one disk', async () => {
    const path = tmpdir();
    const { bavail, bsize } = await statfs(path);
    const most = { path, bytes: bavail * bsize * 0.6 };
    await requireRooms([most]);
    await expect(requireRooms([most, most])).rejects.toMatchObject({
      code: 'BUILD_NO_SPACE',
      message: expect.stringContaining(path),
    });
  });

  it('is not added up where they lie on two', async () => {
    const rooms = await Promise.all(
      [tmpdir(), '/dev/shm'].map(async (path) => {
        const { bavail, bsize } = await statfs(path);
        return { path, bytes: bavail * bsize * 0.6 };
      }),
    );
    await requireRooms(rooms);
  });
});

describe('a full disk', () => {
  it.each(["ENOSPC: no space left on device, write 'x'", 'qemu-img: No space left on device'])(
    'is named with what was going on: %s',
    async (message) => {
      const failed = namingFullDisk('the audit', '/release', () => Promise.reject(new Error(message)));
      await expect(failed).rejects.toMatchObject({
        code: 'BUILD_DISK_FULL',
        message: 'The disk ran full during the audit.',
        fix: expect.stringContaining('/release'),
      });
    },
  );

  it('is not blamed for other failures', async () => {
    const failed = namingFullDisk('the audit', '/release', () => Promise.reject(new Error('EACCES')));
    await expect(failed).rejects.toThrow('EACCES');
  });
});
