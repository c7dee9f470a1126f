import type { Entry } from './entry.ts';

/**
 * Body of the pull request. Its line `:app: NAME` is what starts the certification
 * (marketplace-community, .github/workflows/state_machine.yml).
 */
export function renderPullRequest(app: string, entries: readonly Entry[], version: string): string {
  return [
    `:app: ${app}`,
    '',
    `OnePilot ${version}: one HTTPS endpoint for editors and coding agents, on CPUs alone.`,
    '',
    ...entries.map(({ identity }) => `- \`appliances/${app}/${identity.uuid}.yaml\`: ${identity.name}`),
    '',
    `Manifests are signed: \`appliances/${app}/README.md\`, section Verification, says how an image is verified.`,
    '',
    'Entries, tables and checksums are generated from the image and from the code that reads the context. To be confirmed',
    'by whoever submits:',
    '',
    '- [ ] `npm run marketplace -- --check` finds nothing.',
    '- [ ] The tests in `tests/` passed against this image.',
    '- [ ] Each URL was fetched and has the SHA-256 of its entry.',
    '',
  ].join('\n');
}
