import type { Destination } from '../destinations/destination.ts';
import type { EngineEvent } from '../engine-event.ts';
import { fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import type { UpstreamModel } from './configuration.ts';
import { eventBytes, isContent, upstreamEvents } from './events.ts';
import { asJson, type UpstreamLink, UpstreamRequest } from './upstream-request.ts';

/** Fields that llama-server alone knows, and dialects add; OpenAI refuses what it does not know. */
const engineOnly = new Set([
  'id_slot',
  'cache_prompt',
  'return_progress',
  'sse_ping_interval',
  'timings_per_token',
  'n_predict',
  'reasoning_format',
  'reasoning_budget_tokens',
  'chat_template_kwargs',
  'response_fields',
  'verbose',
  'top_k',
  'min_p',
  'repeat_penalty',
  'repeat_last_n',
  'typical_p',
  'mirostat',
  'mirostat_tau',
  'mirostat_eta',
]);

/**
 * A model of an upstream that chats. Its `ask` resolves with the first part of the answer that says anything: before
 * that, another destination may still be asked.
 */
export function upstreamDestination(model: UpstreamModel, link: UpstreamLink): Destination {
  return {
    name: link.upstream,
    model: model.id,
    async ask(path, body, signal) {
      if (path !== '/v1/chat/completions') {
        throw fault('not_supported', { message: 'a model of an upstream can only be asked to chat.' });
      }
      const json = asJson(requestBody(body, model));
      const request = new UpstreamRequest(link, signal);
      try {
        const events = upstreamEvents(link.upstream, await request.open(path, json));
        const first = await throughFirstContent(events);
        request.begun();
        return { status: 200, body: wholeBody(first, events, request) };
      } catch (error) {
        throw await request.failed(error);
      }
    },
  };
}

function requestBody(body: JsonObject, { upstreamId }: UpstreamModel): JsonObject {
  const known = Object.fromEntries(Object.entries(body).filter(([name]) => !engineOnly.has(name)));
  // The usage is counted, whether the client wants to see it or not.
  return { ...known, model: upstreamId, stream: true, stream_options: { include_usage: true } };
}

/** The events up to the first that says anything. */
async function throughFirstContent(events: AsyncGenerator<EngineEvent>): Promise<EngineEvent[]> {
  const held: EngineEvent[] = [];
  while (true) {
    const { value, done } = await events.next();
    if (done) return held;
    held.push(value);
    if (isContent(value)) return held;
  }
}

async function* wholeBody(
  first: readonly EngineEvent[],
  rest: AsyncGenerator<EngineEvent>,
  request: UpstreamRequest,
): AsyncGenerator<Buffer> {
  try {
    yield Buffer.concat(first.map(eventBytes));
    for await (const next of rest) yield eventBytes(next);
    await request.done();
  } catch (error) {
    throw await request.failed(error);
  } finally {
    await rest.return(undefined);
    request.dropped();
  }
}
