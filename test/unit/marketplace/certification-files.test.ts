import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { $ } from 'zx';
import { digestText } from '../../../src/builder/digest.ts';
import { userInputs } from '../../../src/context/user-inputs.ts';
import { renderChangelog } from '../../../src/marketplace/changelog.ts';
import { readPublication } from '../../../src/marketplace/publication.ts';
import { readSources } from '../../../src/marketplace/sources.ts';
import { renderSubmission } from '../../../src/marketplace/submission.ts';
import { writeSubmission } from '../../../src/marketplace/write-submission.ts';
import { createdAt, published } from './artefacts.ts';

const publication = await readPublication(1);
const sources = await readSources();
const quiet = $({ quiet: true, nothrow: true });

async function submitted(url?: string, sha256?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onepilot-certified-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const image = published();
  const file = { ...image.file, sha256: sha256 ?? image.file.sha256 };
  const submission = renderSubmission(
    { image: { ...image, file, url: url ?? image.url } },
    publication,
    sources,
  );
  await writeSubmission(folder, 'onepilot', submission);
  return folder;
}

describe('the files of the certification', () => {
  it('have symbols for keys where Ruby reads them', async () => {
    const folder = await submitted();
    const script =
      'm = YAML.load_file(ARGV[0], permitted_classes: [Symbol]); puts [m[:app][:name], m[:app][:os][:base], m[:app][:hypervisor].downcase, m[:app][:context][:prefixed], m[:app][:context][:params].keys.map(&:class).uniq, m[:one][:template][:NAME] || :none, m[:one][:datastore], m[:infra][:disk_format]].join(" ")';
    const path = join(folder, 'appliances/onepilot/metadata.yaml');
    const { stdout } = await quiet`ruby -ryaml -e ${script} ${path}`;
    // The template's name is no symbol in any app: the code then takes «base».
    expect(stdout.trim()).toBe('onepilot debian12 kvm true Symbol none default qcow2');
  });

  it('list the tests that are there', () => {
    const submission = renderSubmission({ image: published() }, publication, sources);
    const list: unknown = parse(submission.get('appliances/onepilot/tests.yaml')?.content.toString() ?? '');
    expect(list).toEqual([...sources.tests.keys()]);
    expect(sources.tests.size).toBeGreaterThan(0);
  });

  describe('have service functions', () => {
    /** What the framework's shell prints of `script`, with an `onepilot` that prints how it was called, or none. */
    async function inFramework(script: string, hasOnePilot: boolean) {
      const folder = await submitted();
      const stub = hasOnePilot ? 'onepilot() { echo "onepilot $*"; }' : 'PATH=/nowhere';
      const whole = `msg() { shift; echo "$*"; }; ${stub}; . "$0"; ${script}`;
      return await quiet`bash -c ${whole} ${join(folder, 'appliances/onepilot/appliance.sh')}`;
    }

    it('that leave the work to onepilot', async () => {
      const stages = ['install', 'configure', 'bootstrap', 'help', 'cleanup'];
      const { exitCode, stdout } = await inFramework(
        stages.map((stage) => `service_${stage}`).join(' && '),
        true,
      );
      expect(stdout.trim().split('\n')).toEqual([
        'OnePilot was installed when its image was built',
        'onepilot service configure',
        'onepilot service bootstrap',
        'onepilot service help',
      ]);
      expect(exitCode).toBe(0);
    });

    it('that fail where OnePilot is not, saying that they install nothing', async () => {
      const { exitCode, stdout } = await inFramework('service_install', false);
      expect(stdout).toContain('this script does not install it');
      expect(exitCode).toBe(1);
    });

    it('and four words for each variable of the form', async () => {
      const script = `printf '%s\n' "$ONE_SERVICE_VERSION" "\${ONE_SERVICE_PARAMS[@]}"`;
      const [version, ...words] = (await inFramework(script, true)).stdout.trimEnd().split('\n');
      expect(version).toBe('1.2.3');
      const inputs = Object.entries(userInputs().user_inputs);
      const expected = inputs.flatMap(([name, input]) => {
        const [mandatory, type, description = ''] = input.split('|');
        return [name, 'configure', description, `${mandatory}|${type}`];
      });
      expect(words).toEqual(expected);
      expect(words.join()).toContain("Let's Encrypt");
    });
  });
});

describe('the build in the marketplace', () => {
  /** As packer/build.sh there calls it. */
  async function build(folder: string) {
    const shell = quiet({
      cwd: join(folder, 'apps-code/community-apps'),
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    });
    const values = [
      'appliance_name=onepilot',
      'version=',
      'input_dir=packer/onepilot',
      'output_dir=build/onepilot',
      'headless=true',
      'arch=x86_64',
    ].flatMap((value) => ['-var', value]);
    return await shell`packer build -force ${values} packer/onepilot`;
  }

  async function release(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'onepilot-release-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'image.qcow2'), 'image');
    return `file://${join(folder, 'image.qcow2')}`;
  }
  const built = 'apps-code/community-apps/build/onepilot/onepilot';

  it('fetches the image that was released, and leaves it where it is exported from', async () => {
    const folder = await submitted(await release(), digestText('image'));
    const { exitCode, stdout } = await build(folder);
    expect(exitCode, stdout).toBe(0);
    expect((await stat(join(folder, built))).size).toBe('image'.length);
  });

  it('leaves nothing where another file came', async () => {
    const folder = await submitted(await release(), digestText('other'));
    const { exitCode, stdout, stderr } = await build(folder);
    expect(exitCode).not.toBe(0);
    expect(`${stdout}${stderr}`).toContain('is not the image that was released');
    await expect(stat(join(folder, built))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the changelog', () => {
  const version = { version: '1.2.3', createdAt };

  it('has what this version’s section says, under the version that clients see, and the ones before', () => {
    const text =
      '# Changelog\n\n## Unreleased\n\n- later\n\n## [1.2.3] - 2026-11-20\n\n- this\n\n## [1.2.2] - 2026-01-01\n\n- before\n';
    expect(renderChangelog(text, version, 3)).toMatch(
      /^# Changelog\n\n.*\n\n## \[1\.2\.3-3-20261121\] - 2026-11-21\n\n- this\n\n## \[1\.2\.2\] - 2026-01-01\n\n- before\n$/,
    );
  });

  it('has what is unreleased where the version has no section yet', () => {
    const text = '# Changelog\n\n## Unreleased\n\n### Added\n\n- much\n';
    expect(renderChangelog(text, version, 1)).toContain(
      '## [1.2.3-1-20261121] - 2026-11-21\n\n### Added\n\n- much\n',
    );
  });
});
