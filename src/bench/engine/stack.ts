import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnginePlan } from '../../engine/preset.ts';
import type { GatewayConfiguration } from '../../gateway/configuration.ts';
import { startGateway } from '../../gateway/start.ts';
import { generateKey, recordGenerated } from '../../keys/record.ts';
import { type EngineSetup, startEngineProcess } from './engine-process.ts';
import type { Endpoint } from './streamed-answer.ts';

/** Engine and gateway as the appliance runs them, on this machine. */
export interface Stack {
  /** Where a client reaches the gateway. */
  readonly endpoint: Endpoint;
  /** The engine's router. */
  readonly pid: number;
  readonly socket: string;
  stop(): Promise<void>;
}

export interface StackSetup extends Omit<EngineSetup, 'preset'> {
  /** The gateway's certificate, for 127.0.0.1. */
  readonly tls: GatewayConfiguration['tls'];
}

/** Starts the engine with `plan`, then a gateway with TLS in front of it. @throws as `startEngineProcess` */
export async function startStack(plan: EnginePlan, { tls, ...setup }: StackSetup): Promise<Stack> {
  const { directory } = setup;
  const engine = await startEngineProcess({ ...setup, preset: plan.preset });
  try {
    const key = generateKey();
    const gateway = await startGateway({
      configuration: async () => ({
        tls,
        engine: { socket: engine.socket },
        status: join(directory, 'status.json'),
        keyStore: join(directory, 'keys.json'),
        models: plan.models,
        keys: [recordGenerated('bench', key)],
        problems: [],
      }),
      listen: { host: '127.0.0.1', port: 0 },
      drain: { goodbye: 0, deadline: 1000 },
    });
    return {
      endpoint: { port: gateway.port, key, authority: await readFile(tls.authority, 'utf8') },
      pid: engine.pid,
      socket: engine.socket,
      async stop() {
        await gateway.close();
        await engine.stop();
      },
    };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}
