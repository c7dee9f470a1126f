import type { JsonObject } from '../../json.ts';
import type { DialectContext } from '../dialect.ts';
import type { Answer } from './answer.ts';

/** What a response says of its state; the rest of it is the same from beginning to end. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  /** Why it is incomplete. */
  readonly reason?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * The response object around the output, with what was asked for as it was asked for.
 * https://platform.openai.com/docs/api-reference/responses/object
 */
export function responseObject(
  request: JsonObject,
  { id, now, requestedModel }: DialectContext,
  answer: Answer,
  { status, reason, error }: ResponseState,
): JsonObject {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: now,
    status,
    background: false,
    error: error ? { ...error } : null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model: requestedModel,
    output: answer.output,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: request.reasoning ?? { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: request.temperature ?? null,
    text: request.text ?? { format: { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_p: request.top_p ?? null,
    truncation: 'disabled',
    usage: answer.usage,
  };
}
