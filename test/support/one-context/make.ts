import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loggingShell } from '../../../src/builder/shell.ts';
import { openLog } from '../../../src/cli/log-file.ts';
import { makeOneContextDeb } from './make-deb.ts';

// node test/support/one-context/make.ts DIR: the double as a package in DIR, for --one-context of npm run image.
const [directory = '.'] = process.argv.slice(2);
const log = openLog(join(tmpdir(), 'one-context-double.log'));
const shell = loggingShell(log.stream, AbortSignal.timeout(60_000));
console.log(await makeOneContextDeb(resolve(directory), shell));
await log.end();
