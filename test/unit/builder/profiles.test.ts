import { describe, expect, it } from 'vitest';
import { diskMebibytes } from '../../../src/builder/disk-size.ts';
import { gibibyte } from '../../../src/builder/doctor.ts';
import { profileOf } from '../../../src/builder/profiles.ts';
import { roomFor } from '../../../src/builder/room.ts';
import { modelStage } from '../../../src/builder/stages/model.ts';
import { packageStage } from '../../../src/builder/stages/package.ts';
import { packerStage } from '../../../src/builder/stages/packer.ts';
import { payloadStage } from '../../../src/builder/stages/payload.ts';
import { fetchText } from '../../../src/models/fetch-text.ts';

describe('profiles', () => {
  it.each(['huge', 'constructor'])('refuse the name %s and list the known ones', async (profile) => {
    await expect(profileOf({ profile })).rejects.toMatchObject({
      code: 'BUILD_UNKNOWN_PROFILE',
      fix: 'Choose one of: 8gb, 16gb, 32gb, 64gb, smoke, bare.',
    });
  });

  it('have what the catalogue says of each model in the key of their stage, and nothing of other models', async () => {
    const inputs = await (await profileOf({ profile: '8gb' })).inputs();
    expect(Object.keys(inputs)).toEqual([
      'catalogue: qwen3.5-4b',
      'catalogue: qwen2.5-coder-1.5b-q4',
      'catalogue: qwen3-embedding-0.6b',
    ]);
  });

  it('ask for the memory of the VM that they are made for', async () => {
    expect((await profileOf({ profile: '16gb' })).memory).toBe(16 * 1024);
    expect((await profileOf({ profile: 'smoke' })).memory).toBe(2048);
  });
});

describe('the disk of an image', () => {
  it('stays as small as the base system where models are small', () => {
    expect(diskMebibytes(1024 ** 2)).toBe(4096);
  });

  it('grows by whole GiB with the models', () => {
    expect(diskMebibytes(4.4e9)).toBe((4 + 4) * 1024);
    expect(diskMebibytes(28.9e9)).toBe((4 + 29) * 1024);
  });
});

describe('the room for a build', () => {
  const stages = [modelStage, payloadStage, packerStage, packageStage];
  const plan = (reason: string | undefined) => stages.map((stage) => ({ stage, reason }));
  const profile = { size: 10 * gibibyte, missing: () => Promise.resolve(4 * gibibyte) };

  it('holds the models once for each stage that copies them, and what is still to be fetched', async () => {
    const small = stages.reduce((sum, { room }) => sum + room, 0);
    expect(await roomFor(plan('asked for'), profile)).toBe((small + 40 + 4) * gibibyte);
  });

  it('is nothing where every stage is reused', async () => {
    expect(await roomFor(plan(undefined), profile)).toBe(0);
  });
});

it('tells how far a model is in words', () => {
  expect(fetchText({ state: 'downloading', received: 1_500_000, size: 2.7e9, rate: 12e6 })).toBe(
    '1 MiB of 2.51 GiB, 0 %, 11.4 MiB/s, 4 min left',
  );
  expect(fetchText({ state: 'downloading', received: 0 })).toBe('0 MiB fetched');
});
