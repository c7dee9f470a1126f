import { setTimeout as sleep } from 'node:timers/promises';
import { type Engine, readText } from '../../engine/client.ts';
import type { EngineResponse } from '../../engine/exchange.ts';
import { engineFaultFromText } from '../engine-faults.ts';
import { engineRetrySeconds, type Fault, fault } from '../fault.ts';
import { type JsonObject, serialiseForEngine } from '../json.ts';
import type { ModelKeeper } from '../keeping/keeper.ts';

export interface AskingOptions {
  readonly engine: Engine;
  readonly keeper: ModelKeeper;
}

/**
 * The engine's answer to `body`, which names the model, at `path`; its body is still to be read. The router must not
 * load a model by itself: it would keep the client without a word until it has.
 * Throws the fault that the engine answered with instead.
 */
export async function askEngine(
  path: string,
  body: JsonObject,
  signal: AbortSignal,
  { engine, keeper }: AskingOptions,
): Promise<EngineResponse> {
  const response = await engine.post(`${path}?autoload=false`, engineJson(body), signal);
  if (response.status === 200) return response;
  const problem = engineFaultFromText(response.status, await readText(response.body));
  const { model } = body;
  throw typeof model === 'string' ? await withAbsence(problem, model, keeper) : problem;
}

function engineJson(body: JsonObject): string {
  try {
    return serialiseForEngine(body);
  } catch {
    throw fault('invalid_body', {});
  }
}

/** Milliseconds; the router looks every 50 whether a child whose output has ended is gone. */
const reaping = 100;

/** A child that is not up makes the router fail in several ways: whether it is, the router's list says. */
async function withAbsence(problem: Fault, model: string, keeper: ModelKeeper): Promise<Fault> {
  const { code } = problem.error;
  if (code !== 'engine_failed' && code !== 'engine_loading') return problem;
  await keeper.look();
  if (keeper.residenceOf(model).kind === 'loaded') {
    await sleep(reaping);
    await keeper.look();
  }
  const absence = keeper.absence(model);
  if (absence) return absence;
  const isLoading = keeper.residenceOf(model).kind === 'loading';
  return isLoading ? fault('engine_loading', { seconds: engineRetrySeconds }) : problem;
}
