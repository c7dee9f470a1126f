import { done, type EngineEvent } from '../engine-event.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../json.ts';
import { EventParser, event } from '../sse.ts';
import { eventFailure, failed, UpstreamError } from './faults.ts';

/**
 * The events of `upstream`'s stream, up to `[DONE]` and no further. Throws UpstreamError where there is an error among
 * them, where one is no JSON object, and where they end before.
 */
export async function* upstreamEvents(
  upstream: string,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<EngineEvent> {
  const parser = new EventParser();
  for await (const chunk of body) {
    for (const data of parser.push(chunk)) {
      const next = read(upstream, data);
      yield next;
      if (next === done) return;
    }
  }
  throw new UpstreamError({ fault: failed(upstream, 'it broke off its answer'), outcome: 'failed' });
}

/** Whether `next` says anything that a client would see: before that, another may still be asked. */
export function isContent(next: EngineEvent): boolean {
  if (next === done) return true;
  const { choices, usage } = next;
  if (isJsonObject(usage)) return true;
  return Array.isArray(choices) && choices.some((choice) => isJsonObject(choice) && choiceSays(choice));
}

/** `next` as it stood in the stream. */
export function eventBytes(next: EngineEvent): Buffer {
  return Buffer.from(event(next === done ? done : JSON.stringify(next)));
}

function choiceSays({ delta, finish_reason: reason }: JsonObject): boolean {
  if (typeof reason === 'string') return true;
  if (!isJsonObject(delta)) return false;
  return Object.entries(delta).some(([name, value]) => name !== 'role' && says(value));
}

function says(value: JsonValue): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== '';
}

function read(upstream: string, data: string): EngineEvent {
  if (data === done) return done;
  let value: JsonValue;
  try {
    value = parseJson(data);
  } catch {
    value = null;
  }
  if (!isJsonObject(value)) {
    throw new UpstreamError({
      fault: failed(upstream, 'it sent something else than JSON'),
      outcome: 'failed',
    });
  }
  const { error } = value;
  if (error !== undefined && error !== null) throw new UpstreamError(eventFailure(upstream, error));
  return value;
}
