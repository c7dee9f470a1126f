import type { Fault } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';

/** Anthropic's error types by status; https://docs.claude.com/en/api/errors. Their 529 is our 503. */
const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
};

/**
 * Anthropic's error object. `details.error_code` is where its SDK looks for a code (its `src/core/error.ts`).
 * @param requestId As in the header `request-id`.
 */
export function errorBody(fault: Fault, requestId: string): JsonObject {
  const details = { error_code: fault.error.code };
  const error = { type: typeOf(fault.status), message: messageOf(fault), details };
  return { type: 'error', error, request_id: requestId };
}

function typeOf(status: number): string {
  return types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

/** Claude Code compacts a conversation when it reads "prompt is too long", and takes the numbers from there. */
function messageOf({ error, details }: Fault): string {
  const { n_prompt_tokens: tokens, n_ctx: contextSize } = details.extra ?? {};
  if (error.code === 'context_length_exceeded' && tokens !== undefined && contextSize !== undefined) {
    return `prompt is too long: ${tokens} tokens > ${contextSize} maximum`;
  }
  return `${error.message} ${error.fix}`;
}
