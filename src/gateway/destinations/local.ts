import { type AskingOptions, askEngine } from '../relay/ask-engine.ts';
import { type Destination, local } from './destination.ts';

/**
 * Seconds. llama-server's router closes its connection to the model of a client that left only when something
 * more arrives from there. A whole answer keeps its slot to the end (31 s of generation were seen to go on),
 * a silent stream until the next comment (17 s of a prompt; with a comment every second 2.6 s). So everything
 * is streamed, with comments. Watch it without `/slots`: asking for those holds the cancellation up.
 */
const engineCommentInterval = 1;

/** `return_progress` tells the tokens of the prompt at once: a client may leave before the engine counts them. */
const whileItWorks = {
  stream: true,
  sse_ping_interval: engineCommentInterval,
  return_progress: true,
} as const;

/** The engine of this VM. @param model its name for the model, which is ours too */
export function localDestination(model: string, options: AskingOptions): Destination {
  const ours = { model, ...whileItWorks };
  return {
    name: local,
    model,
    ask: (path, body, signal) => askEngine(path, { ...body, ...ours }, signal, options),
  };
}
