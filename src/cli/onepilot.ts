import { dispatch } from './commands/dispatch.ts';
import { thisWorld } from './commands/this-world.ts';

// What a command writes is for root unless it says otherwise.
process.umask(0o077);
// A reader that has seen enough (`onepilot report | head`) is no error.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (error.code !== 'EPIPE') throw error;
});
const { code, stdout, stderr } = await dispatch(process.argv.slice(2), thisWorld());
process.stderr.write(stderr);
process.stdout.write(stdout);
process.exitCode = code;
