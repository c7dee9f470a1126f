import { engineRetrySeconds, type Fault, fault } from './fault.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from './json.ts';

/**
 * Texts of exceptions that llama-server v0.5.0 answers with 500 although the request is to blame: whatever
 * `oaicompat_chat_params_parse` throws that is not an `invalid_argument` (types, templates, grammars, media).
 */
const blamesRequest =
  /^\[json\.exception|jinja|template|tool_choice|not supported|unsupported|only no echo|cannot |requires |required|must |invalid |failed to (?:parse|load image|download)/i;

/** Of a text to embed that cannot be split, since each of its tokens makes the vector: its batch is the limit. */
const largerThanBatch = /^input \((\d+) tokens\) is too large to process.*\(current batch size: (\d+)\)$/;

/**
 * What the engine's error answer means to the client.
 * @param body the engine's parsed answer, `{"error":{"code","message","type"}}`, or what came instead.
 */
export function engineFault(status: number, body: JsonValue | undefined): Fault {
  const error = isJsonObject(body) && isJsonObject(body.error) ? body.error : {};
  const message = typeof error.message === 'string' ? error.message : '';
  const statedStatus = typeof error.code === 'number' ? error.code : status;

  if (error.type === 'exceed_context_size_error') return contextFault(error, message);
  const batch = largerThanBatch.exec(message);
  if (batch) return tooLong(Number(batch[1]), Number(batch[2]));
  if (statedStatus === 503 || isNotLoaded(message)) {
    return fault('engine_loading', { seconds: engineRetrySeconds });
  }
  if (statedStatus === 501) return fault('not_supported', { message });
  // The gateway chose model and path: that the engine knows neither is no fault of the client.
  if (statedStatus === 401 || statedStatus === 403 || statedStatus === 404) return fault('engine_failed', {});
  if (/^model '.*' not found$/.test(message)) return fault('engine_failed', {});
  if (message !== '' && (statedStatus === 400 || blamesRequest.test(message))) {
    return fault('engine_rejected', { message });
  }
  return fault('engine_failed', {});
}

/** As `engineFault`, for an answer that is still text, perhaps not JSON. */
export function engineFaultFromText(status: number, text: string): Fault {
  try {
    return engineFault(status, parseJson(text));
  } catch {
    return engineFault(status, undefined);
  }
}

/** What the router says of a model that has no running child, when it may not load it by itself. */
function isNotLoaded(message: string): boolean {
  return message === 'model is not loaded' || /^model name=.* is not running$/.test(message);
}

function contextFault(error: JsonObject, message: string): Fault {
  const { n_prompt_tokens: tokens, n_ctx: contextSize } = error;
  if (typeof tokens !== 'number' || typeof contextSize !== 'number') {
    return fault('engine_rejected', { message });
  }
  return tooLong(tokens, contextSize);
}

/** The fault of a prompt that leaves no room for an answer; both in tokens. */
export function tooLong(tokens: number, contextSize: number): Fault {
  const extra = { n_prompt_tokens: tokens, n_ctx: contextSize };
  return fault('context_length_exceeded', { tokens, contextSize }, { parameter: 'messages', extra });
}
