import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireMemory } from '../builder/doctor.ts';
import { oneContextDigest, oneContextProblems, provideOneContext } from '../builder/one-context.ts';
import { profileOf } from '../builder/profiles.ts';
import type { Shell } from '../builder/shell.ts';
import { OnePilotError } from '../errors/catalogue.ts';
import { emailProblem, urlProblem } from '../marketplace/checks/check-urls.ts';
import { identityFor } from '../marketplace/entries.ts';
import { readPublication } from '../marketplace/publication.ts';
import { withService } from '../marketplace/services.ts';
import { servicesFile } from '../marketplace/write-submission.ts';
import { signatureNamespace, sshKeygen } from '../signature/ssh-keygen.ts';
import type { ReleaseRequest } from './request.ts';

/** What a release is asked for, as far as it can be wrong. */
export type Preflight = Pick<
  ReleaseRequest,
  'profiles' | 'url' | 'key' | 'rehearsal' | 'email' | 'into' | 'build' | 'signal'
>;

/**
 * Everything in a request that would stop the release at its end, hours later, a line each: tried where it can be.
 * @param shell for Debian's tools
 */
export async function requestProblems(request: Preflight, shell: Shell): Promise<string[]> {
  return [
    ...addressProblems(request),
    ...(await keyProblems(request.key)),
    ...(await profileProblems(request)),
    ...(await packageProblems(request, shell)),
    ...(await checkoutProblems(request.into)),
  ];
}

function addressProblems({ url, email, rehearsal }: Preflight): string[] {
  const problems: string[] = [];
  const wrongUrl = urlProblem(url, { rehearsal });
  if (wrongUrl !== undefined) problems.push(`--url ${url} ${wrongUrl}`);
  if (email === undefined) {
    if (!rehearsal) problems.push('the marketplace wants a publisher: --email ADDRESS');
    return problems;
  }
  const wrongEmail = emailProblem(email);
  if (wrongEmail !== undefined) problems.push(`--email ${email} ${wrongEmail}`);
  return problems;
}

/** A few bytes are signed: a passphrase, a wrong file or an agent without the key shows itself. */
async function keyProblems(key: string): Promise<string[]> {
  const args = ['-Y', 'sign', '-n', signatureNamespace, '-f', key];
  return await told(async () => {
    const { succeeded, reason } = await sshKeygen(args, Buffer.from('onepilot\n'));
    return succeeded ? [] : [`--key ${key} signs nothing: ${reason}`];
  });
}

async function profileProblems({ profiles, build }: Preflight): Promise<string[]> {
  const { models } = build;
  return await told(async () => {
    const { entries, vcpus } = await readPublication(1, undefined, models?.catalogue);
    const problems: string[] = [];
    const memory: number[] = [];
    for (const profile of [...profiles, 'bare']) {
      memory.push((await profileOf({ profile, models })).memory);
      problems.push(...(await told(() => done(vcpus(profile)))));
      if (profile === 'bare') continue;
      for (const table of ['images', 'modelDisks', 'templates'] as const) {
        problems.push(...(await told(() => done(identityFor(entries, table, profile)))));
      }
    }
    return [...problems, ...(await told(() => done(requireMemory(Math.max(...memory)))))];
  });
}

async function packageProblems(
  { build: { oneContext }, rehearsal, signal }: Preflight,
  shell: Shell,
): Promise<string[]> {
  return await told(async () => {
    if (oneContext === undefined) return done(await oneContextDigest({}));
    await provideOneContext({ oneContext }, shell, signal);
    return rehearsal ? [] : await oneContextProblems(oneContext, shell);
  });
}

async function checkoutProblems(into: string | undefined): Promise<string[]> {
  if (into === undefined) return [];
  const makefile = await readFile(join(into, servicesFile), 'utf8').catch(() => '');
  if (withService(makefile, 'onepilot') !== undefined) return [];
  return [
    `--into ${into} is no checkout of OpenNebula/marketplace-community: no ${servicesFile} with SERVICES`,
  ];
}

/** The problems that `look` finds, or the error that it ends with, as a line. */
async function told(look: () => Promise<string[]> | string[]): Promise<string[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof OnePilotError) return [`${error.message} ${error.fix}`];
    throw error;
  }
}

/** No problem: what was wanted is there. */
function done(_found: unknown): string[] {
  return [];
}
