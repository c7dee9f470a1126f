import { describe, expect, it } from 'vitest';
import { offeredVariables } from '../../../src/context/user-inputs.ts';
import { renderPullRequest } from '../../../src/marketplace/pull-request.ts';
import { renderReadme } from '../../../src/marketplace/readme.ts';
import { published } from './artefacts.ts';

const facts = {
  app: 'onepilot',
  image: published(),
  size: { vcpus: 4, memory: 8192 },
  release: 1,
  entries: [{ identity: { uuid: '4cf874c8-20b7-4c6e-a08c-7cac9eb333d7', name: 'OnePilot 8 GB' }, text: '' }],
  opennebula: ['6.10', '7.4'],
};

describe('the README of the appliance', () => {
  const readme = renderReadme(facts);

  it('has the sections that the marketplace’s example has, and how the image is verified', () => {
    const sections = [...readme.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(sections).toEqual([
      'Download',
      'Verification',
      'Requirements',
      'Release Notes',
      'Quick Start',
      'Features',
      'Limits',
      'Contextualization',
    ]);
  });

  it('states where the image is, its hash, and the VM that it needs', () => {
    expect(readme).toContain('- https://downloads.onepilot.eu/onepilot-8gb-one-context.qcow2\n');
    expect(readme).toContain(`SHA-256 \`${'c'.repeat(64)}\``);
    expect(readme).toContain('4 virtual CPUs and 8 GB of memory');
    expect(readme).toContain("onemarketapp export 'OnePilot 8 GB' onepilot");
    expect(readme).toContain('"model":"qwen3.5-4b"');
  });

  it('says how the image is verified, and the pull request where that stands', () => {
    expect(readme).toContain(
      'ssh-keygen -Y verify -n onepilot-manifest -f allowed_signers -I SIGNER -s onepilot-8gb-one-context.qcow2.manifest.json.sig',
    );
    expect(readme).toContain('"https://downloads.onepilot.eu/onepilot-8gb-one-context.qcow2$part"');
    expect(renderPullRequest(facts.app, facts.entries, '1.2.3-1-20261121')).toContain(
      '`appliances/onepilot/README.md`, section Verification',
    );
  });

  it('has a row of three cells for every variable of the form, with its default', () => {
    const rows = readme.split('\n').filter((line) => line.startsWith('| `ONEAPP_'));
    expect(rows).toHaveLength(offeredVariables().length);
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(5);
    expect(rows.find((row) => row.includes('USAGE_DAYS'))).toMatch(
      /^\| `ONEAPP_COPILOT_USAGE_DAYS` \| `90` \| Days/,
    );
  });

  it('says how the system is replaced where it is published alone, and that a new VM starts afresh', () => {
    expect(readme).not.toContain('Replacing the System');
    const split = renderReadme({ ...facts, system: 'OnePilot system' });
    expect(split).toContain('## Replacing the System');
    expect(split).toContain('import OnePilot system again');
  });
});
