import type { Fault } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';

/** Ollama's error: one text, with a status or as the last line of a stream (its `docs/errors.md`). */
export function errorBody({ error }: Fault): JsonObject {
  return { error: `${error.message} ${error.fix}` };
}
