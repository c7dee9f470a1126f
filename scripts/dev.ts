import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine, wholeNumber } from '../src/cli/arguments.ts';
import { startDevEngine } from '../src/cli/dev-engine.ts';
import { runScript } from '../src/cli/run-script.ts';
import { failure } from '../src/errors/catalogue.ts';
import { startGateway } from '../src/gateway/start.ts';
import { generateKey, recordGenerated } from '../src/keys/record.ts';
import type { BakedModel } from '../src/models/image-facts.ts';
import { writeSmokeModel } from '../src/models/smoke/write.ts';
import { writeThrowawayCertificate } from './support/throwaway-certificate.ts';

const command = 'npm run dev';
const defaultPort = 8443;
const contextSize = 16_384;

const help = `Runs the gateway and llama-server with the smoke model on this machine, without a VM.

  ${command} -- [options]

  --port PORT   port of the gateway on 127.0.0.1 (default ${defaultPort})
  --help

The engine comes from ONEPILOT_ENGINE, or from what "npm run image" built. Everything else (key, certificate,
model, the engine's log) is made anew in a temporary directory and removed at Ctrl-C.
`;

/** Serves until `signal` aborts. */
async function serve(
  directory: string,
  socket: string,
  { id, roles }: BakedModel,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  const key = generateKey();
  const tls = await writeThrowawayCertificate(directory);
  const gateway = await startGateway({
    configuration: async () => ({
      tls,
      engine: { socket },
      status: join(directory, 'status.json'),
      keyStore: join(directory, 'keys.json'),
      models: [{ id, roles, contextSize }],
      keys: [recordGenerated('dev', key)],
      problems: [],
    }),
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
  let stopEngine: (() => Promise<void>) | undefined;
  try {
    const baked = await writeSmokeModel(directory);
    const { id, file } = baked;
    const model = { id, path: join(directory, file), contextSize };
    stopEngine = await startDevEngine(directory, socket, model, signal);
    await serve(directory, socket, baked, port, signal);
  } catch (error) {
    throw isPortTaken(error) ? failure('VM_PORT_TAKEN', { port }) : error;
  } finally {
    await stopEngine?.();
    await rm(directory, { recursive: true });
  }
});
