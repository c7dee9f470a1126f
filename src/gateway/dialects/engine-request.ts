import type { JsonObject } from '../json.ts';
import type { DialectContext } from './dialect.ts';

/**
 * Fields that steer the engine rather than the answer, or that the engine sets for itself after it applied
 * the chat template: a client has no business with them (llama.cpp v0.5.0, `make_llama_cmpl_schema`).
 */
const engineFields = new Set([
  'id_slot',
  'slot_id',
  'lora',
  'cache_prompt',
  'n_cache_reuse',
  'n_keep',
  'n_discard',
  'backend_sampling',
  'sse_ping_interval',
  'return_progress',
  'verbose',
  'chat_format',
  'chat_parser',
  'parse_tool_calls',
  'generation_prompt',
  'grammar_lazy',
  'grammar_triggers',
  'grammar_type',
  'preserved_tokens',
  'message_delimiters',
  'reasoning_control',
  'reasoning_budget_start_tag',
  'reasoning_budget_end_tag',
  'reasoning_budget_end_tags',
  // One answer per request for now: more than the engine has slots would be refused, and one of several
  // clients' requests would take the slots of all. llama.vscode asks for three and is content with one.
  'n',
  'n_cmpl',
]);

/**
 * Seconds. llama-server's router closes its connection to the model of a client that left only when something
 * more arrives from there. A whole answer keeps its slot to the end (31 s of generation were seen to go on),
 * a silent stream until the next comment (17 s of a prompt; with a comment every second 2.6 s). So everything
 * is streamed, with comments. Watch it without `/slots`: asking for those holds the cancellation up.
 */
const engineCommentInterval = 1;

/** The client's fields without those above, with the engine's name for the model; answered as a stream. */
export function engineBody(body: JsonObject, { model }: DialectContext): JsonObject {
  const kept = Object.entries(body).filter(
    ([name]) => !engineFields.has(name) && !name.startsWith('speculative.'),
  );
  const ours = { model: model.id, stream: true, sse_ping_interval: engineCommentInterval };
  return { ...Object.fromEntries(kept), ...ours };
}
