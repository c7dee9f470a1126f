import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connections } from '../src/bench/gateway/engines.ts';
import { extents } from '../src/bench/gateway/extents.ts';
import { figuresOf, GatewayFigures } from '../src/bench/gateway/figures.ts';
import { benchGateway } from '../src/bench/gateway/gateway-bench.ts';
import { gatewayReport } from '../src/bench/gateway/report.ts';
import { describeMachine } from '../src/bench/machine.ts';
import { requirePackages } from '../src/builder/doctor.ts';
import { engineDirectory } from '../src/builder/engine-directory.ts';
import { cacheDirectory } from '../src/builder/places.ts';
import { printProgress } from '../src/builder/progress.ts';
import { loggingShell } from '../src/builder/shell.ts';
import { parseCommandLine } from '../src/cli/arguments.ts';
import { openLog } from '../src/cli/log-file.ts';
import { runScript } from '../src/cli/run-script.ts';
import { observeHardware } from '../src/machine/hardware.ts';
import { writeThrowawayCertificate } from './support/throwaway-certificate.ts';

const command = 'npm run bench:gateway';

/** What is compared with and what asks; Debian's. */
const packages = ['caddy', 'haproxy', 'wrk'];

const help = `Measures the gateway beside the engine alone, the barest Fastify proxy, HAProxy and Caddy, all in one run.

  ${command} -- [options]

  --quick          fewer rounds; streams of the large model shorter, and of engine and gateway alone
  --json FILE      also writes all figures
  --profile DIR    the gateway in front of the fake engine runs from source and leaves a processor profile in DIR
                   (its figures are then not those of the image)
  --help

The gateway is the image's bundle, run by the image's Node as its unit says, outside its sandbox, with a key, admission
and the ledger. Everything listens on 127.0.0.1; the same certificate for all. Requests come from processes of their
own: wrk where requests a second count, a client on Node where times do.

Figures of --json:
  added_ms_sequential    completions of one token, one at a time, in turns with the engine itself (llama-server, smoke
                         model, unix socket): difference of the medians
  added_ms_p99_c16       the same, 16 at a time, difference of the 99th percentiles; a fake engine that takes as long for
                         each, since llama-server with a small model leaves no processor idle (c16_ms has that one)
  stream_over_bare       tokens a second of 16 streams of the 1.5B shape, over the engine's own
  requests_over_…        one-token completions a second, fake engine, over the others' (models_over: lists of models)
  rss_mb, rss_over_fastify_mb, soak_mb_per_100k    memory after 100,000 requests of both kinds; growth from there on
  start_ms               from the process's start to the first answer over TLS

Rounds alternate what is compared, since a shared host's speed drifts; each ratio is made within a round, and the median
over rounds is shown; of rates and streams the half of the rounds counts during which other programs took least of the
processors. Ends with 0 and says so when an aim is missed. Needs the built engine and 1.5 GiB of disk;
installs Debian's ${packages.join(', ')} where they are missing, whose services may then start.
`;

await runScript(async ({ signal, setLogFile }) => {
  const { values } = parseCommandLine(command, {
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const engine = await engineDirectory();
  const machine = await observeHardware();
  await mkdir(cacheDirectory(), { recursive: true });
  const models = await mkdtemp(join(cacheDirectory(), 'bench-gateway-'));
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-bench-'));
  const logFile = join(directory, 'bench.log');
  setLogFile(logFile);
  const log = openLog(logFile);
  try {
    const shell = loggingShell(log.stream, signal);
    await requirePackages(shell, packages);
    const [loadBefore = 0] = loadavg();
    const extent = values.quick ? extents.quick : extents.full;
    const samples = await benchGateway({
      ...{ directory, models, engine, machine, extent, shell, signal },
      tls: await writeThrowawayCertificate(directory),
      progress: printProgress(process.stdout, log.stream),
      ...(values.profile !== undefined && { profile: resolve(values.profile) }),
    });
    const described = await describeMachine(machine, shell, loadBefore);
    const stream = { tokens: extent.streamTokens, streams: connections };
    const figures = GatewayFigures.parse(figuresOf(samples, described, stream));
    process.stdout.write(gatewayReport(figures));
    if (values.json !== undefined) {
      await writeFile(resolve(values.json), `${JSON.stringify(figures, null, 2)}\n`);
    }
  } finally {
    await rm(models, { recursive: true, force: true });
    await log.end();
    if (signal.aborted) await rm(directory, { recursive: true, force: true });
  }
  await rm(directory, { recursive: true });
});
