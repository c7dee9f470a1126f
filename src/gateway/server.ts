import { parseArgs } from 'node:util';
import { gatewayControl } from '../machine/paths.ts';
import { feedWatchdog, notifyReady, notifyStatus } from '../systemd/notify.ts';
import { reloadGateway } from './control-client.ts';
import { readConfiguration } from './load.ts';
import { standardOutput } from './log-lines.ts';
import { passedSockets } from './passed-sockets.ts';
import { startGateway } from './start.ts';

const defaultConfiguration = '/etc/onepilot/gateway.json';

const usage = `usage: gateway [--host ADDRESS] [--port PORT] [--http-port PORT] [--control SOCKET] [CONFIGURATION]
       gateway --reload [--control SOCKET]

CONFIGURATION defaults to ${defaultConfiguration}; address and port, by default 127.0.0.1 and 8443
(or ONEPILOT_GATEWAY_HOST and ONEPILOT_GATEWAY_PORT), count only when systemd passes no socket.
On --http-port (or the socket that systemd calls http) it answers a CA's challenges and leads to HTTPS.
SIGTERM ends it without dropping connections. SIGHUP makes it read configuration, keys and certificates again;
so does --reload, by way of the control socket of the gateway that runs, and it says how that went.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'http-port': { type: 'string' },
      control: { type: 'string' },
      reload: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  if (values.reload) return orderReload(values.control ?? gatewayControl);
  const path = positionals[0] ?? defaultConfiguration;
  const host = values.host ?? process.env.ONEPILOT_GATEWAY_HOST ?? '127.0.0.1';
  const port = Number(values.port ?? process.env.ONEPILOT_GATEWAY_PORT ?? 8443);
  const passed = passedSockets(process.env, process.pid);
  const plainPort = values['http-port'];
  const listenPlain =
    passed?.plain ?? (plainPort === undefined ? undefined : { host, port: Number(plainPort) });
  const starting = startGateway({
    configuration: () => readConfiguration(path),
    listen: passed?.https ?? { host, port },
    ...(listenPlain && { listenPlain }),
    logger: { level: 'info', stream: standardOutput() },
    ...(values.control !== undefined && { control: values.control }),
  });

  // Before it has started: without handlers these would kill a gateway that answers already.
  process.on('SIGHUP', () => {
    // The log says how it went.
    starting.then((gateway) => gateway.reload()).catch(() => {});
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      notifyStatus('Stopping: finishing what is in flight');
      starting.then((gateway) => gateway.close()).finally(() => process.exit(0));
    });
  }
  const gateway = await starting;
  feedWatchdog();
  notifyReady();
  notifyStatus(`Listening on port ${gateway.port}`);
}

async function orderReload(socket: string): Promise<void> {
  try {
    await reloadGateway(socket);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
