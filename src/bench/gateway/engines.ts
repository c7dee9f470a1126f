import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { planEngine } from '../../engine/preset.ts';
import type { EngineMachine } from '../../engine/sizing/machine.ts';
import { sizeEngine } from '../../engine/sizing/size-engine.ts';
import type { GatewayConfiguration } from '../../gateway/configuration.ts';
import { readModelFacts } from '../../models/gguf/read-facts.ts';
import { startEngineProcess } from '../engine/engine-process.ts';
import { type Answering, fakeModel } from './fake-answers.ts';
import { nextMessage, startProgram } from './processes.ts';

/** What contestants are measured in front of. */
export interface BenchEngine {
  readonly socket: string;
  readonly models: GatewayConfiguration['models'];
  stop(): Promise<void>;
}

export interface FakeEngine extends BenchEngine {
  /** Where it answers over TCP too, for a client that knows no unix sockets. */
  readonly port: number;
  readonly pid: number;
  answer(answering: Answering): Promise<void>;
}

/** As many requests as are ever asked for at the same time find a slot: what is measured is not the queue. */
export const connections = 16;

/** Tokens of each slot: the least that the sizing gives, so that nothing small has to be counted (src/gateway/serving/fit.ts). */
const contextSize = 4096;

const fakeProgram = fileURLToPath(new URL('fake-engine.ts', import.meta.url));

/** Starts the fake engine in a process of its own. */
export async function startFakeEngine(directory: string): Promise<FakeEngine> {
  const socket = join(directory, 'fake-engine.sock');
  const words = [process.execPath, fakeProgram, socket];
  const program = await startProgram(words, { logFile: join(directory, 'fake-engine.log'), ipc: true });
  return {
    socket,
    models: [{ id: fakeModel, roles: ['chat'], contextSize, slots: connections }],
    port: z.int().parse(await nextMessage(program)),
    pid: program.pid,
    async answer(answering) {
      const taken = nextMessage(program);
      program.child.send(answering);
      await taken;
    },
    stop: program.stop,
  };
}

/** Starts llama-server as the appliance would for the model at `path`, but with a slot for each connection. */
export async function startRealEngine(
  path: string,
  { directory, engine, machine, signal }: RealEngineSetup,
): Promise<BenchEngine> {
  await mkdir(directory, { recursive: true });
  const facts = readModelFacts(path);
  const candidate = { id: fakeModel, roles: ['chat' as const], facts, adapters: 0, asked: true };
  const sizing = sizeEngine([candidate], { contextSize: undefined, cpuThreads: 0 }, machine);
  const models = sizing.models.map((model) => ({
    ...model,
    settings: { ...model.settings, contextSize, slots: connections, promptCache: 0 },
  }));
  const files = new Map([[fakeModel, { path, adapters: [], traits: undefined }]]);
  const plan = planEngine({ ...sizing, models }, files);
  const running = await startEngineProcess({ directory, engine, preset: plan.preset, signal });
  return { socket: running.socket, models: plan.models, stop: running.stop };
}

export interface RealEngineSetup {
  /** For socket, preset and log. */
  readonly directory: string;
  /** The engine's stage output. */
  readonly engine: string;
  readonly machine: EngineMachine;
  readonly signal: AbortSignal;
}
