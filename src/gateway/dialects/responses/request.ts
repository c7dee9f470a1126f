import { fault, invalidParameter } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';
import { withinBounds } from '../bounds.ts';
import { messagesForTemplates } from '../chat-messages.ts';
import { clientFields } from '../engine-request.ts';
import { field, isGiven, nameOf, objectOf, type Placed } from './fields.ts';
import { chatMessages } from './messages.ts';
import { type Tools, toolsOf } from './tools.ts';

/** Fields that chat completions do not have or have otherwise; what is left passes through. */
const responsesFields = new Set([
  'background',
  'client_metadata',
  'context_management',
  'conversation',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'messages',
  'metadata',
  'moderation',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'stream_options',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'truncation',
  'user',
]);

export interface ChatRequest {
  readonly body: JsonObject;
  readonly tools: Tools;
}

/**
 * A request for a response as one for a chat completion.
 * https://platform.openai.com/docs/api-reference/responses/create. Throws the fault of what is wrong with it.
 */
export function chatRequest(body: JsonObject): ChatRequest {
  const request = { value: body, at: '' };
  refuseWhatIsKept(request);
  const tools = toolsOf(request);
  const others = Object.entries(body).filter(([name, value]) => !responsesFields.has(name) && value !== null);
  return {
    tools,
    body: withinBounds({
      ...clientFields(Object.fromEntries(others)),
      ...tools.fields,
      ...longestAnswer(field(request, 'max_output_tokens')),
      ...effort(field(request, 'reasoning')),
      ...format(field(request, 'text')),
      messages: messagesForTemplates(chatMessages(request)),
      stream_options: { include_usage: true },
    }),
  };
}

/** No response is kept, whatever `store` says; clients that build on one must learn it at once. */
function refuseWhatIsKept(request: Placed<JsonObject>): void {
  const { background, previous_response_id: previous } = request.value;
  if (previous !== undefined && previous !== null && previous !== '') {
    // VS Code's Copilot sends the whole conversation when it reads this code.
    throw fault('previous_response_not_found', {}, { parameter: 'previous_response_id' });
  }
  if (background === true) throw invalidParameter('background', 'false: no response is kept to be fetched');
  for (const name of ['conversation', 'prompt']) {
    const kept = field(request, name);
    if (isGiven(kept)) throw invalidParameter(name, 'left out: nothing of the kind is kept here');
  }
}

function longestAnswer(limit: Placed): JsonObject {
  if (!isGiven(limit)) return {};
  const { value, at } = limit;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw invalidParameter(at, 'a whole number above 0');
  }
  return { max_tokens: value };
}

function effort(reasoning: Placed): JsonObject {
  if (!isGiven(reasoning)) return {};
  const given = objectOf(reasoning).value.effort;
  return typeof given === 'string' ? { reasoning_effort: given } : {};
}

function format(text: Placed): JsonObject {
  if (!isGiven(text)) return {};
  const given = field(objectOf(text), 'format');
  if (!isGiven(given)) return {};
  const { value, at } = objectOf(given);
  const { type, ...named } = value;
  if (type === 'text') return {};
  if (type === 'json_object') return { response_format: { type } };
  if (type !== 'json_schema') throw invalidParameter(`${at}.type`, '"text", "json_schema" or "json_object"');
  nameOf({ value: named.name, at: `${at}.name` });
  objectOf({ value: named.schema, at: `${at}.schema` });
  return { response_format: { type, json_schema: named } };
}
