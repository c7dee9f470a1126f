import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { $ } from 'zx';
import { failure } from '../../errors/catalogue.ts';
import type { Finding } from './finding.ts';
import { appFile, type Submission } from './submission.ts';

/** marketplace-community, .github/workflows/yamllint.yml: yamllint's defaults but for the length of lines. */
const settings = '{extends: default, rules: {line-length: disable}}';

/** What the service framework calls (one-apps, appliances/service.sh and lib/functions.sh); help is its own without one. */
const functions = ['service_install', 'service_configure', 'service_bootstrap', 'service_cleanup'];

/**
 * Programs that the marketplace's repository and its build run, as consumers: yamllint and the shell.
 * @throws BUILD_PACKAGES_MISSING; MARKETPLACE_YAMLLINT_FAILED when yamllint did not come to an end
 */
export async function checkPrograms(submission: Submission): Promise<Finding[]> {
  return [...(await yamllint(submission)), ...(await script(submission))];
}

/** @throws BUILD_PACKAGES_MISSING when the program cannot be run */
async function run(directory: string, packageName: string, command: readonly string[]) {
  const output = await $({ quiet: true, nothrow: true, cwd: directory })`${command}`;
  if (output.exitCode === 127) throw failure('BUILD_PACKAGES_MISSING', { packages: packageName });
  return output;
}

async function yamllint({ folder, app, files }: Submission): Promise<Finding[]> {
  const paths = [...files]
    .filter(([path]) => path.startsWith(`appliances/${app}/`) && path.endsWith('.yaml'))
    .filter(([, content]) => isUtf8(content))
    .map(([path]) => path);
  if (paths.length === 0) return [];
  const command = ['yamllint', '-f', 'parsable', '-d', settings, ...paths];
  const { stdout, stderr, exitCode } = await run(folder, 'yamllint', command);
  const findings = stdout.split('\n').flatMap((line): Finding[] => {
    const [, file, problem] = /^(.+?):(\d+:\d+: \[.*)$/.exec(line) ?? [];
    return file === undefined || problem === undefined ? [] : [{ file, rule: 'yamllint', problem }];
  });
  // A crash and a mistake in a file both end with 1; what was found is on standard output alone.
  if (exitCode !== 0 && (stderr !== '' || findings.length === 0)) {
    throw failure('MARKETPLACE_YAMLLINT_FAILED', { exit: String(exitCode), output: stderr.trim() });
  }
  return findings;
}

async function script(submission: Submission): Promise<Finding[]> {
  const { file, content } = appFile(submission, 'appliance.sh');
  if (!content) return [{ file, rule: 'script-syntax', problem: 'is missing' }];
  const { exitCode, stderr } = await run(submission.folder, 'bash', [
    'bash',
    '-n',
    join(submission.folder, file),
  ]);
  if (exitCode !== 0) return [{ file, rule: 'script-syntax', problem: stderr.trim() }];
  const text = content.toString();
  return functions
    .filter((name) => !new RegExp(`^\\s*(function\\s+${name}\\b|${name}\\s*\\(\\))`, 'm').test(text))
    .map((name) => ({ file, rule: 'script-functions', problem: `${name} is not defined` }));
}
