import type { JsonObject } from '../json.ts';
import { withinBounds } from './bounds.ts';

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
  // The engine's own language of grammars: brackets nested deeply end the model's process at once, and rules that can be
  // read in many ways keep it busy for minutes, for all its clients. JSON schemas say what clients mean by it.
  'grammar',
  'grammar_lazy',
  'grammar_triggers',
  'grammar_type',
  'preserved_tokens',
  'message_delimiters',
  // It leaves out what marks the end of an answer, and its tokens; who wants it applies it to what comes.
  'response_fields',
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
 * The client's fields without those above and without what the destination says itself, within bounds. A dialect that
 * makes fields of its own puts them within bounds too. Throws `invalid_parameter`.
 */
export function clientFields({ model: _, stream: __, ...body }: JsonObject): JsonObject {
  for (const name of Object.keys(body)) {
    if (engineFields.has(name) || name.startsWith('speculative.')) delete body[name];
  }
  return withinBounds(body);
}
