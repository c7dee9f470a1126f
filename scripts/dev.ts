import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineDirectory } from '../src/builder/engine-directory.ts';
import { parseCommandLine, wholeNumber } from '../src/cli/arguments.ts';
import { runScript } from '../src/cli/run-script.ts';
import { connectEngine } from '../src/engine/client.ts';
import { failure } from '../src/errors/catalogue.ts';
import { startGateway } from '../src/gateway/server.ts';
import { generateKey, recordGenerated } from '../src/keys/record.ts';
import { bakedSmokeModel, writeSmokeModel } from '../src/models/smoke/write.ts';
import { writeThrowawayCertificate } from './support/throwaway-certificate.ts';

const command = 'npm run dev';
const defaultPort = 8443;
const contextSize = 16_384;

/** Seconds; the smoke model takes less than one. */
const readyPatience = 60;

const help = `Runs the gateway and llama-server with the smoke model on this machine, without a VM.

  ${command} -- [options]

  --port PORT   port of the gateway on 127.0.0.1 (default ${defaultPort})
  --help

The engine comes from ONEPILOT_ENGINE, or from what "npm run image" built. Everything else (key, certificate,
model, the engine's log) is made anew in a temporary directory and removed at Ctrl-C.
`;

/** The engine as the appliance runs it, and how to end it. */
async function startEngine(directory: string, socket: string, signal: AbortSignal) {
  const { id, file } = await writeSmokeModel(directory);
  const presets = join(directory, 'engine.ini');
  const slots = `ctx-size = ${contextSize}\nparallel = 1\nload-on-startup = true`;
  await writeFile(presets, `version = 1\n\n[${id}]\nmodel = ${join(directory, file)}\n${slots}\n`);
  const log = await open(join(directory, 'engine.log'), 'w');
  const child = spawn(
    join(await engineDirectory(), 'llama-server'),
    ['--models-preset', presets, '--host', socket, '--no-ui', '--offline'],
    {
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, HOME: directory, OMP_WAIT_POLICY: 'passive' },
      // Ctrl-C in the terminal would reach it too; it shall outlive the gateway.
      detached: true,
    },
  );
  await once(child, 'spawn');
  await log.close();
  const stop = async () => {
    if (child.kill('SIGTERM')) await once(child, 'exit');
  };
  const deadline = performance.now() + readyPatience * 1000;
  const engine = connectEngine(socket);
  while (!signal.aborted && (await engine.modelStatus(id)) !== 'loaded') {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`The engine did not start; its log is ${directory}/engine.log`);
    }
    await sleep(100);
  }
  engine.close();
  return stop;
}

/** Serves until `signal` aborts. */
async function serve(directory: string, socket: string, port: number, signal: AbortSignal): Promise<void> {
  const { id, roles } = bakedSmokeModel();
  const key = generateKey();
  const tls = await writeThrowawayCertificate(directory);
  const gateway = await startGateway({
    configuration: {
      tls,
      engine: { socket },
      models: [{ id, roles, contextSize }],
      keys: [recordGenerated('dev', key)],
      problems: [],
    },
    listen: { host: '127.0.0.1', port },
    logger: { level: 'info' },
    drain: { goodbye: 0, deadline: 1000 },
  });
  const url = `https://127.0.0.1:${gateway.port}`;
  process.stdout.write(`
OnePilot with the smoke model, which says the same to everyone: ${url}/v1
Key: ${key}
Certificate to trust: ${tls.authority}

curl --cacert ${tls.authority} -H 'Authorization: Bearer ${key}' \\
  -H 'Content-Type: application/json' ${url}/v1/chat/completions \\
  -d '{"model":"${id}","stream":true,"messages":[{"role":"user","content":"Hello"}]}'

Ctrl-C ends it.

`);
  if (!signal.aborted) await once(signal, 'abort');
  await gateway.close();
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

await runScript(async ({ signal }) => {
  const { values } = parseCommandLine(command, {
    options: { port: { type: 'string', default: String(defaultPort) }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const port = wholeNumber(command, 'port', values.port, 0, 65_535);
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-dev-'));
  const socket = join(directory, 'engine.sock');
  const stopEngine = await startEngine(directory, socket, signal);
  try {
    await serve(directory, socket, port, signal);
  } catch (error) {
    throw isPortTaken(error) ? failure('VM_PORT_TAKEN', { port }) : error;
  } finally {
    await stopEngine();
    await rm(directory, { recursive: true });
  }
});
