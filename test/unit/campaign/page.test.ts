import { expect, test } from 'vitest';
import { withSection } from '../../../src/campaign/page.ts';

const cuts = { name: 'Power cuts', outcome: '4, none bad', made: 'Commit a.', text: '| 1 | 2 |\n' };
const renewals = { name: 'Renewals', outcome: '50', made: 'Commit b.', text: 'None dropped.' };

test('sections are added to the page, and each takes the place of the one before it', () => {
  const both = withSection(withSection('', cuts), renewals);
  expect(both).toBe(
    '# Campaign\n\n<!-- Written by `npm run test:campaign`. -->\n\n' +
      '## Power cuts: 4, none bad\n\nCommit a.\n\n| 1 | 2 |\n\n## Renewals: 50\n\nCommit b.\n\nNone dropped.\n',
  );
  expect(withSection(both, { ...cuts, outcome: '5, one bad' })).toBe(
    both.replace('4, none bad', '5, one bad'),
  );
  expect(withSection(both, renewals)).toBe(both);
});
