import { readText } from '../../engine/client.ts';
import { fault } from '../fault.ts';
import { isJsonObject, type JsonObject, parseJson } from '../json.ts';
import type { EngineTraffic } from '../traffic.ts';
import { type AskingOptions, askEngine } from './ask-engine.ts';

export interface AsideOptions extends AskingOptions {
  readonly traffic: EngineTraffic;
}

/**
 * The engine's answer to a question that needs no slot and no turn: how many tokens, for example. It is in flight all
 * the same, for whoever restarts the engine. Throws the fault to answer with; rejects when `signal` aborts.
 */
export async function askAside(
  path: string,
  body: JsonObject & { readonly model: string },
  signal: AbortSignal,
  options: AsideOptions,
): Promise<JsonObject> {
  const leave = options.traffic.enter(body.model);
  try {
    const response = await askEngine(path, body, signal, options);
    const answer = parseJson(await readText(response.body));
    if (!isJsonObject(answer)) throw fault('engine_failed', {});
    return answer;
  } finally {
    leave();
  }
}
