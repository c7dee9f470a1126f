import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPublication } from '../../../src/marketplace/publication.ts';
import { withService } from '../../../src/marketplace/services.ts';
import { readSources } from '../../../src/marketplace/sources.ts';
import { renderSubmission } from '../../../src/marketplace/submission.ts';
import {
  servicesFile,
  writeIntoCheckout,
  writeSubmission,
} from '../../../src/marketplace/write-submission.ts';
import { bareImage, modelDisk, published } from './artefacts.ts';

const publication = await readPublication(1);
const sources = await readSources();
const one = renderSubmission({ image: published() }, publication, sources);
const four = renderSubmission(
  { image: published(), split: { system: published(bareImage), modelDisks: [published(modelDisk)] } },
  publication,
  sources,
);

async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'onepilot-submission-'));
  onTestFinished(() => rm(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

describe('writing a submission', () => {
  it('writes every file, scripts executable', async () => {
    const path = await folder();
    const { written, removed } = await writeSubmission(path, 'onepilot', one);
    expect([...written].sort()).toEqual([...one.keys()].sort());
    expect(removed).toEqual([]);
    const mode = async (name: string) => (await stat(join(path, name))).mode & 0o777;
    expect(await mode('appliances/onepilot/appliance.sh')).toBe(0o755);
    expect(await mode('apps-code/community-apps/packer/onepilot/fetch-image.sh')).toBe(0o755);
    expect(await mode('appliances/onepilot/metadata.yaml')).toBe(0o644);
  });

  it('changes nothing the second time', async () => {
    const path = await folder();
    await writeSubmission(path, 'onepilot', one);
    expect(await writeSubmission(path, 'onepilot', one)).toEqual({ written: [], removed: [] });
  });

  it('writes again what somebody edited, and that alone', async () => {
    const path = await folder();
    await writeSubmission(path, 'onepilot', one);
    await writeFile(join(path, 'appliances/onepilot/README.md'), 'mine');
    expect(await writeSubmission(path, 'onepilot', one)).toEqual({
      written: ['appliances/onepilot/README.md'],
      removed: [],
    });
  });

  it('removes the entries that are no longer submitted, and nothing outside its own folders', async () => {
    const others = { 'appliances/redis/README.md': 'redis', 'logos/redis.png': 'png', 'notes.txt': 'mine' };
    const path = await folder(others);
    await writeSubmission(path, 'onepilot', four);
    const { removed } = await writeSubmission(path, 'onepilot', one);
    const { system, modelDisks, templates } = publication.entries;
    expect(removed).toEqual(
      [system, modelDisks['8gb'], templates['8gb']]
        .map((identity) => `appliances/onepilot/${identity?.uuid}.yaml`)
        .sort(),
    );
    for (const [name, text] of Object.entries(others))
      expect(await readFile(join(path, name), 'utf8')).toBe(text);
  });
});

describe('a checkout of the marketplace', () => {
  const makefile = 'VERSION := 6.10.0\nSERVICES := lithops example\n\nexport\n';

  it('gets the files and one word in SERVICES, once, and no body of a pull request', async () => {
    const path = await folder({ [servicesFile]: makefile });
    const { written } = await writeIntoCheckout(path, 'onepilot', one);
    expect(written).toContain(servicesFile);
    expect(await readdir(path)).toEqual(['appliances', 'apps-code', 'logos']);
    expect(await readFile(join(path, servicesFile), 'utf8')).toBe(
      'VERSION := 6.10.0\nSERVICES := lithops example onepilot\n\nexport\n',
    );
    expect(await writeIntoCheckout(path, 'onepilot', one)).toEqual({ written: [], removed: [] });
  });

  it.each([
    ['no Makefile.config', {}],
    ['one without SERVICES', { [servicesFile]: 'VERSION := 1\n' }],
  ])('is refused before anything is written: %s', async (_, files) => {
    const path = await folder(files);
    await expect(writeIntoCheckout(path, 'onepilot', one)).rejects.toMatchObject({
      code: 'MARKETPLACE_NO_CHECKOUT',
    });
    expect(await readdir(path)).not.toContain('appliances');
  });

  it('is not taken to list an app whose name only contains ours', () => {
    expect(withService('SERVICES := onepilot-lite\n', 'onepilot')).toBe(
      'SERVICES := onepilot-lite onepilot\n',
    );
    expect(withService('SERVICES := a onepilot b\n', 'onepilot')).toBe('SERVICES := a onepilot b\n');
  });
});
