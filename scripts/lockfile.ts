import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../src/builder/places.ts';
import { runScript } from '../src/cli/run-script.ts';
import { completeLockfile, Lockfile, lockfiles, missingOptionals } from '../src/lockfile/complete.ts';

const help = `Completes each package-lock.json after npm install changed it, so that npm ci accepts it.

  npm run lockfile

A registry mirror that holds this platform's packages only makes npm write a lockfile that it refuses later.
`;

await runScript(async () => {
  if (process.argv.includes('--help')) {
    process.stdout.write(help);
    return;
  }
  for (const name of lockfiles) {
    const path = join(checkout, name);
    const lockfile = Lockfile.parse(JSON.parse(await readFile(path, 'utf8')));
    const missing = missingOptionals(lockfile);
    await writeFile(path, `${JSON.stringify(completeLockfile(lockfile), undefined, 2)}\n`);
    process.stdout.write(`completed ${missing.length} entries of ${name}\n`);
  }
});
