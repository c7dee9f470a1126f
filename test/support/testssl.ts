import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** One result of testssl.sh, as its `--jsonfile` has it. */
const Finding = z.object({ id: z.string(), severity: z.string(), finding: z.string() });
export type Finding = z.infer<typeof Finding>;

/** Severities of what is no weakness. */
const harmless = ['OK', 'INFO'];

/** Of a check that testssl.sh did not get an answer to within its own time: on a busy machine, it looks again. */
const unanswered = /connect problem/;

export interface TestsslTarget {
  readonly name: string;
  readonly port: number;
  /** Path of the CA's certificate that clients trust. */
  readonly authority: string;
  /** Where its result may be written. */
  readonly directory: string;
}

/**
 * What Debian's testssl.sh finds wrong, which is all that is neither OK nor INFO.
 * @param checks Its options for what to look at.
 * @param looks How often it may look, should a check of it find nobody there.
 * @throws When it did not come to an end.
 */
export async function testssl(
  { name, port, authority, directory }: TestsslTarget,
  checks: readonly string[],
  looks = 2,
): Promise<{ readonly all: readonly Finding[]; readonly wrong: readonly Finding[] }> {
  const target = { name, port, authority, directory };
  const file = join(directory, 'testssl.json');
  await rm(file, { force: true });
  const options = ['--quiet', '--color', '0', '--warnings', 'off', '--nodns', 'min', '--ip', '127.0.0.1'];
  const child = spawn(
    'testssl',
    [...options, ...checks, '--add-ca', authority, '--jsonfile', file, `https://${name}:${port}`],
    { stdio: 'ignore', cwd: directory },
  );
  await once(child, 'exit');
  const all = z.array(Finding).parse(JSON.parse(await readFile(file, 'utf8')));
  if (all.some(({ severity }) => severity === 'FATAL')) throw new Error(JSON.stringify(all));
  if (looks > 1 && all.some(({ finding }) => unanswered.test(finding)))
    return testssl(target, checks, looks - 1);
  return { all, wrong: all.filter(({ severity }) => !harmless.includes(severity)) };
}
