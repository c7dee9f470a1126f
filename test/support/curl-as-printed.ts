import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkout } from '../../src/builder/places.ts';

/** What became of a script that printed a curl line. */
export interface Printed {
  /** What curl answered. */
  readonly answer: string;
  /** The script's exit status after Ctrl-C. */
  readonly status: number | null;
  readonly pid: number | undefined;
}

/** Runs a script until it says `ready`, then the curl line that it printed, then ends it with Ctrl-C. */
export async function curlAsPrinted(
  [script = '', ...args]: readonly string[],
  ready: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const child = spawn(
    join(checkout, 'node_modules/.bin/node'),
    [join(checkout, 'scripts', script), ...args],
    {
      cwd: checkout,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let output = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(ready)) resolve();
    });
    child.on('exit', () => resolve());
  });
  try {
    // The line may go on after a backslash.
    const [curl = 'false'] = /^curl (?:.*\\\n)*.*$/m.exec(output) ?? [];
    const answer = execFileSync('sh', ['-c', `${curl} --silent --fail`], { encoding: 'utf8' });
    child.kill('SIGINT');
    return { answer, status: await ended, pid: child.pid };
  } finally {
    child.kill('SIGINT');
  }
}
