import { expect, it } from 'vitest';
import { renderNotes } from '../../../src/release/notes.ts';

it('says what changed, and how each file of the release is verified', () => {
  const release = { version: '1.2.3', url: 'https://downloads.onepilot.eu/onepilot/' };
  const names = ['onepilot-8gb-1.2.3-1-20261121.qcow2', 'onepilot-bare-1.2.3-1-20261121.qcow2'] as const;
  const notes = renderNotes(release, '- Something', names);
  expect(notes).toMatch(/^# OnePilot 1\.2\.3\n\n- Something\n\n## Verification\n/);
  expect(notes).toContain(`"${release.url}${names[0]}$part"`);
  expect(notes).toContain(`-s ${names[0]}.manifest.json.sig < ${names[0]}.manifest.json`);
  expect(notes).toMatch(new RegExp(`- \`${names[1]}\`\n$`));
});
