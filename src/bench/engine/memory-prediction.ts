import { ScriptFailure } from '../../cli/run-script.ts';
import { connectEngine, readText } from '../../engine/client.ts';
import { type ModelFiles, planEngine } from '../../engine/preset.ts';
import type { EngineMachine } from '../../engine/sizing/machine.ts';
import { bytesOf, fullSlot, type ModelSettings, mebibyte, modelMemory } from '../../engine/sizing/memory.ts';
import type { ModelFacts } from '../../models/facts.ts';
import { type EngineSetup, startEngineProcess } from './engine-process.ts';
import { childrenOf, exhaust, peakAnonymous } from './peak-memory.ts';

/** Bytes of anonymous memory. */
export interface MemoryComparison {
  readonly predicted: number;
  readonly measured: number;
}

/** Small enough to be filled within minutes, whatever the machine would get; all parts of the sum are in it. */
function settingsFor(facts: ModelFacts): ModelSettings {
  const settings: ModelSettings = {
    contextSize: 1024,
    slots: 1,
    batch: 512,
    cacheType: 'f16',
    promptCache: 0,
    load: 'read',
    adapters: 0,
    embeds: false,
  };
  return { ...settings, promptCache: Math.ceil(fullSlot(facts, settings) / mebibyte) * mebibyte };
}

/** Bytes that the engine is predicted to take for `facts`. */
function memoryNeeded(facts: ModelFacts): number {
  return bytesOf(modelMemory(facts, settingsFor(facts)).anonymous);
}

/** Fills everything that the engine keeps for one model, and compares its peak with the prediction. */
export async function compareMemory(
  id: string,
  facts: ModelFacts,
  path: string,
  machine: EngineMachine,
  setup: Omit<EngineSetup, 'preset'>,
): Promise<MemoryComparison> {
  const settings = settingsFor(facts);
  const candidate = { id, roles: ['chat' as const], facts, adapters: 0, asked: false };
  const files: ModelFiles = { path, adapters: [], traits: undefined };
  const wishes = { contextSize: settings.contextSize, cpuThreads: 0 };
  const sizing = {
    machine,
    wishes,
    models: [{ candidate, settings }],
    leftOut: [],
    errors: [],
    warnings: [],
  };
  const { preset } = planEngine(sizing, new Map([[id, files]]));
  const process = await startEngineProcess({ ...setup, preset });
  const engine = connectEngine(process.socket);
  try {
    const [child = 0] = await childrenOf(process.pid);
    const measured = await peakAnonymous(child, () =>
      exhaust(id, settings, fullSlot(facts, settings), async (route, body) => {
        const { status, body: answer } = await engine.post(route, JSON.stringify(body), setup.signal);
        const text = await readText(answer);
        if (status !== 200) throw new ScriptFailure(`The engine answered ${status}: ${text}`);
      }),
    );
    return { predicted: memoryNeeded(facts), measured };
  } finally {
    await process.stop();
  }
}
