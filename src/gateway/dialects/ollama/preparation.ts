import type { JsonObject } from '../../json.ts';
import type { DialectContext, Exchange } from '../dialect.ts';
import { ollamaExchange, type Shape } from './answer.ts';
import { wantsUnload } from './options.ts';
import { silentReader } from './read-answer.ts';

/**
 * A request without words, by which clients want the model loaded, or unloaded. Models stay loaded here; the engine is
 * asked for nothing, so that an answer means that the model is there.
 */
export function preparation(body: JsonObject, context: DialectContext, shape: Shape): Exchange {
  const reason = wantsUnload(body) ? 'unload' : 'load';
  const sent = { prompt: '', n_predict: 0 };
  const exchange = ollamaExchange(body, context, {
    path: '/completion',
    sent,
    reader: () => silentReader(reason),
    shape,
  });
  return { ...exchange, onlyLoads: true };
}
