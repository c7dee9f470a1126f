import type { EngineResponse } from '../../engine/exchange.ts';
import type { JsonObject } from '../json.ts';

/** The name of the engine of this VM among the destinations. */
export const local = 'local';

/** The requests that a dialect may make: OpenAI's, as llama-server and most others speak them, and llama-server's own. */
export type EnginePath = '/v1/chat/completions' | '/v1/completions' | '/infill' | '/completion';

/** A model that can be asked, wherever it runs. */
export interface Destination {
  /** `local`, or the upstream's name: as in the header `x-onepilot-served-by` and in the ledger. */
  readonly name: string;
  /** Our name of the model. */
  readonly model: string;
  /**
   * Sends `body`, which names no model, and asks for a stream. Resolves once a status line of 200 has come; the stream
   * is then to be read. Aborting `signal` closes the connection at once.
   * Throws the fault to answer with, and none of it has been written to the client by then.
   */
  ask(path: EnginePath, body: JsonObject, signal: AbortSignal): Promise<EngineResponse>;
}
