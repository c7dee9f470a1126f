import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Artefact, readArtefact } from '../../../../src/marketplace/artefact.ts';
import { checkCommand } from '../../../../src/marketplace/checks/check-command.ts';
import { checkSubmission, judge } from '../../../../src/marketplace/checks/check-submission.ts';
import { rules } from '../../../../src/marketplace/checks/finding.ts';
import { submissionOf } from '../../../../src/marketplace/checks/submission.ts';
import type { Submission } from '../../../../src/marketplace/submission.ts';
import { writeSubmission } from '../../../../src/marketplace/write-submission.ts';
import { goodSubmission } from './good-submission.ts';
import { all, type Files, identities, paths, removed, replaced, type Spoil, set } from './spoil.ts';
import { spoiledEntries } from './spoiled-entries.ts';
import { spoiledFiles } from './spoiled-files.ts';

let folder: string;
let good: Submission;
let images: string[];
let artefacts: Artefact[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onepilot-checks-'));
  ({ submission: good, images } = await goodSubmission(folder));
  artefacts = await Promise.all(images.map(readArtefact));
});
afterAll(() => rm(folder, { recursive: true }));

function filesOf(submission: Submission): Files {
  return new Map([...submission].map(([path, { content }]) => [path, Buffer.from(content)]));
}

/** Writes the good submission, spoiled, to a folder of its own. */
async function laidOut(name: string, spoil: Spoil = () => undefined): Promise<string> {
  const files = filesOf(good);
  spoil(files);
  const directory = join(folder, name);
  await writeSubmission(
    directory,
    'onepilot',
    new Map([...files].map(([path, content]) => [path, { content }])),
  );
  return directory;
}

function judged(spoil: Spoil, names = identities, described: readonly Artefact[] = artefacts) {
  const files = filesOf(good);
  spoil(files);
  return judge(submissionOf(folder, files), names, described);
}

test('what the generator makes keeps every rule', async () => {
  expect(await checkSubmission(await laidOut('good'), { images })).toEqual([]);
});

describe('is found, and nothing else:', () => {
  test.each([...spoiledEntries, ...spoiledFiles])('%s', (_what, rule, spoil) => {
    expect(judged(spoil)).toEqual([{ file: expect.any(String), rule, problem: expect.any(String) }]);
  });

  test('a version in the name', () => {
    const smoke = { uuid: '', ...identities.images.smoke, name: 'OnePilot smoke test 0.2' };
    const names = { ...identities, images: { ...identities.images, smoke } };
    const findings = judged(set(paths.image, { name: smoke.name }), names);
    expect(findings.map(({ rule }) => rule)).toEqual(['version-in-name']);
  });

  test('an entry without an image', () => {
    const findings = judged(() => undefined, identities, artefacts.slice(0, 2));
    expect(findings.map(({ rule, file }) => [rule, file])).toEqual([['image-unmatched', paths.disk]]);
  });

  test('a file at GitHub that is too large for a release', () => {
    const large = artefacts.map((artefact, index) =>
      index === 2 ? { ...artefact, file: { ...artefact.file, size: 2 * 1024 ** 3 } } : artefact,
    );
    const findings = judged(() => undefined, identities, large);
    expect(findings.map(({ rule, file }) => [rule, file])).toEqual([['url-limit', paths.disk]]);
  });

  test('a quote in the name of an app that is a disk', () => {
    const name = 'OnePilot "smoke" models';
    const smoke = { uuid: '', ...identities.modelDisks.smoke, name };
    const names = { ...identities, modelDisks: { ...identities.modelDisks, smoke } };
    const findings = judged(all(set(paths.disk, { name }), set(paths.template, { 'disks/1': name })), names);
    expect(findings.map(({ rule, file }) => [rule, file])).toEqual([['app-unreadable', paths.template]]);
  });

  test.each([
    ['YAML that yamllint refuses', 'yamllint', replaced(paths.image, 'format: qcow2', 'format:  qcow2  ')],
    ['YAML that is none', 'yamllint', replaced(paths.context, ':tests:', ':tests: [')],
    [
      'a script that no shell can read',
      'script-syntax',
      replaced(paths.script, 'service_help()\n{', 'service_help()\n{ ('),
    ],
    ['a service function missing', 'script-functions', replaced(paths.script, 'service_cleanup', 'cleanup')],
  ] as const)('%s', async (what, rule, spoil) => {
    const findings = await checkSubmission(await laidOut(what, spoil), { images });
    expect(new Set(findings.map((finding) => finding.rule))).toContain(rule);
  });

  test('YAML in Latin-1, which yamllint does not survive', async () => {
    const spoil: Spoil = (files) => files.set(paths.tests, Buffer.from('# Café\n---\n', 'latin1'));
    const findings = await checkSubmission(await laidOut('latin', spoil), { images });
    expect(findings).toContainEqual({ file: paths.tests, rule: 'text-encoding', problem: 'is not UTF-8' });
    expect(findings.map(({ rule }) => rule)).not.toContain('yamllint');
  });
});

describe('a yamllint that does not come to an end is no clean bill, but an error that says what happened:', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('a crash, which exits like a finding', async () => {
    vi.stubEnv('PYTHONHOME', join(folder, 'nothing'));
    const checked = checkSubmission(await laidOut('crash'), { images });
    await expect(checked).rejects.toMatchObject({ code: 'MARKETPLACE_YAMLLINT_FAILED' });
    await expect(checked).rejects.toThrow(/\(1\).*ModuleNotFoundError/s);
  });

  test('a file that it cannot open, behind one with a mistake', async () => {
    const directory = await laidOut('link', replaced(paths.image, 'format: qcow2', 'format:  qcow2'));
    await symlink('nowhere', join(directory, dirname(paths.image), 'x.yaml'));
    const checked = checkSubmission(directory, { images });
    await expect(checked).rejects.toMatchObject({ code: 'MARKETPLACE_YAMLLINT_FAILED' });
    await expect(checked).rejects.toThrow('x.yaml');
  });
});

test('each rule is shown to find something', () => {
  const shown = [...spoiledEntries, ...spoiledFiles].map(([, rule]) => rule);
  const elsewhere = ['version-in-name', 'url-limit', 'yamllint', 'script-syntax', 'script-functions'];
  expect(new Set([...shown, ...elsewhere])).toEqual(new Set(Object.keys(rules)));
});

describe('npm run marketplace -- --check', () => {
  test('says every finding at once, where and why', async () => {
    const spoil = all(
      set(paths.image, { 'opennebula_template/memory': 2048 }),
      removed(paths.readme, paths.logo),
    );
    const said = checkCommand(await laidOut('several', spoil), images, () => undefined);
    await expect(said).rejects.toMatchObject({ code: 'MARKETPLACE_CHECK_FAILED' });
    for (const part of [
      `${paths.image}: MEMORY is 2048`,
      rules['template-dropped'],
      'ONEAPP_COPILOT_API_KEYS has 0 rows',
      `${paths.logo}: is missing`,
    ]) {
      await expect(said).rejects.toThrow(part);
    }
  });

  test('says that all is well, and what it did not look at', async () => {
    let text = '';
    await checkCommand(await laidOut('well'), [], (more) => {
      text += more;
    });
    expect(text).toContain(`all ${Object.keys(rules).length} rules`);
    expect(text).toContain('--image FILE');
  });

  test('lets a rehearsal alone be of an address below .internal', async () => {
    const directory = await laidOut('rehearsed', replaced(paths.disk, 'github.com', 'a.onepilot.internal'));
    const check = (options?: { rehearsal: boolean }) =>
      checkCommand(directory, images, () => undefined, options);
    await expect(check({ rehearsal: true })).resolves.toBeUndefined();
    await expect(check()).rejects.toThrow(rules['not-public']);
    await expect(check({ rehearsal: false })).rejects.toThrow(rules['not-public']);
  });

  test('finds no submission in an empty folder', async () => {
    await expect(checkCommand(join(folder, 'nothing'), [], () => undefined)).rejects.toMatchObject({
      code: 'MARKETPLACE_CHECK_FAILED',
    });
  });
});
