import { type AskingOptions, askEngine } from '../relay/ask-engine.ts';
import { type Destination, local } from './destination.ts';

/**
 * A stream, though the client wants the answer in one piece: `return_progress` then tells the tokens of the prompt at
 * once, and a client may leave before the engine has counted the rest.
 */
const whileItWorks = { stream: true, return_progress: true } as const;

/** The engine of this VM. @param model its name for the model, which is ours too */
export function localDestination(model: string, options: AskingOptions): Destination {
  const ours = { model, ...whileItWorks };
  return {
    name: local,
    model,
    ask: (path, body, signal) => askEngine(path, { ...body, ...ours }, signal, options),
  };
}
