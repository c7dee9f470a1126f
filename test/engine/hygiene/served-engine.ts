import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { writeThrowawayCertificate } from '../../../scripts/support/throwaway-certificate.ts';
import type { MemoryReading } from '../../../src/engine/pressure.ts';
import type { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { type Gateway, startGateway } from '../../../src/gateway/start.ts';
import { headersOf, textOf } from '../../unit/gateway/relay-world.ts';
import { authorization, configurationWith } from '../../unit/gateway/support.ts';
import { childrenOf, type UnitEngine } from './unit-engine.ts';

/** A whole gateway in front of an engine, asked over TLS. */
export class ServedEngine {
  readonly engine: UnitEngine;
  readonly gateway: Gateway;
  readonly #ca: string;

  private constructor(engine: UnitEngine, gateway: Gateway, ca: string) {
    this.engine = engine;
    this.gateway = gateway;
    this.#ca = ca;
  }

  static async start(
    engine: UnitEngine,
    models: GatewayConfiguration['models'],
    memory: () => Promise<MemoryReading> = async () => ({}),
  ): Promise<ServedEngine> {
    const tls = await writeThrowawayCertificate(engine.directory);
    const gateway = await startGateway({
      configuration: async () => configurationWith({ tls, engine: { socket: engine.socket }, models }),
      listen: { host: '127.0.0.1', port: 0 },
      drain: { goodbye: 0, deadline: 500 },
      memory,
    });
    return new ServedEngine(engine, gateway, await readFile(tls.authority, 'utf8'));
  }

  /** A GET, or a POST of `body` as JSON: resolves with the answer's head. */
  open(path: string, body?: object) {
    const options = {
      ...{ host: '127.0.0.1', port: this.gateway.port, path, agent: false, ca: this.#ca },
      ...{ method: body ? 'POST' : 'GET', headers: { authorization } },
    };
    const outgoing = request(options);
    outgoing.end(body && JSON.stringify(body));
    return headersOf(outgoing);
  }

  async ask(path: string, body?: object) {
    const response = await this.open(path, body);
    return { status: response.statusCode, headers: response.headers, text: await textOf(response) };
  }

  async status() {
    return JSON.parse((await this.ask('/status')).text);
  }

  /** What the router says of the model. */
  async word(model: string) {
    return (await this.engine.client.models())?.get(model);
  }

  /** The process of the model; undefined when it has none. */
  async processOf(model: string): Promise<number | undefined> {
    for (const pid of await childrenOf(this.engine.pid)) {
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      if (argv.includes(model)) return pid;
    }
    return undefined;
  }

  async kill(model: string): Promise<void> {
    const pid = await this.processOf(model);
    if (pid === undefined) throw new Error(`No process serves ${model}.`);
    process.kill(pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.engine.stop();
  }
}

export const hello = [{ role: 'user', content: 'Hello' }];
