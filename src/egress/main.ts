import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { feedWatchdog, notifyReady } from '../systemd/notify.ts';
import { createEgress, readEgressConfiguration } from './server.ts';

const usage = `usage: egress [--socket PATH] CONFIGURATION

Forwards the gateway's requests to the upstreams that CONFIGURATION names. It listens on the socket that systemd
passes, else on PATH. SIGHUP makes it read CONFIGURATION again, SIGTERM lets what is in flight finish.`;

/** Milliseconds for which what is in flight may go on; TimeoutStopSec= of the unit is longer. */
const drainDeadline = 30_000;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { socket: { type: 'string' }, help: { type: 'boolean' } },
  });
  const [path] = positionals;
  if (path === undefined || values.help) {
    console.log(usage);
    return;
  }
  let configuration = await readEgressConfiguration(path);
  const server = createEgress({
    configuration: () => configuration,
    log: (line) => console.log(JSON.stringify(line)),
  });

  process.on('SIGHUP', async () => {
    try {
      configuration = await readEgressConfiguration(path);
      console.log('reloaded');
    } catch (error) {
      console.error('reload refused:', error instanceof Error ? error.message : error);
    }
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
      setTimeout(() => process.exit(0), drainDeadline);
    });
  }

  const { LISTEN_PID, LISTEN_FDS } = process.env;
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).once('listening', resolve);
  // The first socket that systemd passes has number 3 (sd_listen_fds(3)).
  if (Number(LISTEN_PID) === process.pid && Number(LISTEN_FDS) >= 1) server.listen({ fd: 3 });
  else if (values.socket !== undefined) {
    await rm(values.socket, { force: true });
    server.listen(values.socket);
  } else throw new Error('no socket to listen on');
  await listening;
  feedWatchdog();
  notifyReady();
}

await main();
