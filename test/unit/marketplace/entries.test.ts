import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import { ownCatalogue } from '../../../src/builder/profiles.ts';
import { entriesFile, identityFor, readEntries } from '../../../src/marketplace/entries.ts';
import { readPublication } from '../../../src/marketplace/publication.ts';
import { readCatalogue } from '../../../src/models/catalogue/parse.ts';

const entries = await readEntries();
const text = await readFile(join(checkout, entriesFile), 'utf8');

describe('the identities', () => {
  it('cover every profile of the catalogue and the test build, with its VM', async () => {
    const { profiles } = await readCatalogue(ownCatalogue);
    const { vcpus } = await readPublication(1);
    for (const profile of [...Object.keys(profiles), 'smoke']) {
      for (const table of ['images', 'modelDisks', 'templates'] as const) {
        expect(identityFor(entries, table, profile).name).toMatch(/^OnePilot /);
      }
      expect(vcpus(profile)).toBe(profiles[profile]?.vm.cpus ?? 2);
    }
    expect(vcpus('bare')).toBe(2);
  });

  it('have the virtual CPUs of the catalogue that the images were built from', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onepilot-entries-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'catalogue.yaml');
    const own = await readFile(ownCatalogue, 'utf8');
    await writeFile(path, own.replaceAll(/cpus: \d+/g, 'cpus: 3'));
    expect((await readPublication(1, undefined, path)).vcpus('16gb')).toBe(3);
  });

  it('are what they were: whoever imported an app knows it by them', () => {
    // Published once, none of these may change; a new profile adds a line.
    expect(entries.images['8gb']).toEqual({
      uuid: '4cf874c8-20b7-4c6e-a08c-7cac9eb333d7',
      name: 'OnePilot 8 GB',
    });
    expect(entries.system.uuid).toBe('5886b719-a78b-41bb-b88b-f4a014311d02');
    expect(entries.app).toBe('onepilot');
  });

  it.each([
    ['a name with a version', text.replace('OnePilot 8 GB', 'OnePilot 0.2.0'), /images\.8gb\.name/],
    ['an app name with a digit', text.replace('app: onepilot', 'app: onepilot2'), /at app/],
    ['one UUID twice', text.replace(/uuid: 88e1[^,]*/, `uuid: ${entries.system.uuid}`), /have the uuid/],
    ['what is no UUID', text.replace(/uuid: 88e1[^,]*/, 'uuid: sixteen'), /images\.16gb\.uuid/],
    ['no YAML', '{', /no YAML/],
  ])('are refused with %s', async (_, spoiled, problem) => {
    expect(spoiled).not.toBe(text);
    const folder = await mkdtemp(join(tmpdir(), 'onepilot-entries-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'entries.yaml');
    await writeFile(path, spoiled);
    await expect(readEntries(path)).rejects.toMatchObject({
      code: 'MARKETPLACE_ENTRIES_WRONG',
      message: expect.stringMatching(problem),
    });
  });
});
