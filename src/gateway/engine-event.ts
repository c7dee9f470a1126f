import { engineFault } from './engine-faults.ts';
import { isJsonObject, type JsonObject, parseJson } from './json.ts';

/** The data that ends an OpenAI stream. */
export const done = '[DONE]';

/** One event of the engine's stream. */
export type EngineEvent = JsonObject | typeof done;

/** The event whose data is `data`. Throws what the engine reports as an error, as a fault. */
export function readEngineEvent(data: string): EngineEvent {
  if (data === done) return done;
  const value = parseJson(data);
  if (!isJsonObject(value)) throw new SyntaxError('The engine sent an event that is no object.');
  if (value.error !== undefined && value.error !== null) throw engineFault(500, value);
  return value;
}
