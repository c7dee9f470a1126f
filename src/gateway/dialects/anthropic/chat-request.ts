import type { JsonObject } from '../../json.ts';
import { withinBounds } from '../bounds.ts';
import { clientFields } from '../engine-request.ts';
import { chatMessages } from './chat-messages.ts';
import { chatTools } from './chat-tools.ts';
import { MessagesRequest, messagesRequest } from './request.ts';

/**
 * The client's fields that do not go on as they are: those read here, and those that mean something to Anthropic's
 * servers alone (`MessageCreateParams` of @anthropic-ai/sdk 1.12.0, beta included). `metadata` tells who the user is.
 */
const ownFields = new Set([
  ...Object.keys(MessagesRequest.shape),
  'betas',
  'billing_policy',
  'cache_control',
  'compaction',
  'container',
  'context_management',
  'diagnostics',
  'fallback_credit_token',
  'fallbacks',
  'inference_geo',
  'mcp_servers',
  'metadata',
  'service_tier',
  'speed',
  'thread',
  'user_profile_id',
  'workspace_id',
]);

/** The chat completion that the body of a message's request asks for. Throws the fault of a request that is wrong. */
export function chatRequest(body: JsonObject): JsonObject {
  const request = messagesRequest(body);
  const others = Object.entries(body).filter(([name]) => !ownFields.has(name));
  return withinBounds({
    ...clientFields(Object.fromEntries(others)),
    messages: chatMessages(request),
    ...chatTools(request),
    ...sampling(request),
    ...stopping(request),
    ...thinking(request),
    ...format(request),
    stream_options: { include_usage: true },
  });
}

function sampling({ temperature, top_p, top_k }: MessagesRequest): JsonObject {
  return withoutNothing({ temperature, top_p, top_k });
}

/**
 * The engine says that it stopped at a word and which only to those who ask for details, of which this is one
 * (llama.cpp v0.5.0, `to_json_oaicompat_chat_stream`).
 */
function stopping({ max_tokens, stop_sequences }: MessagesRequest): JsonObject {
  const stop = stop_sequences?.filter((word) => word !== '') ?? [];
  const details = { stop, verbose: true, response_fields: ['stopping_word'] };
  return { ...withoutNothing({ max_tokens }), ...(stop.length > 0 && details) };
}

/** Anthropic's models think when asked to; a template's default is often to think. */
function thinking({ thinking: wanted, chat_template_kwargs }: MessagesRequest): JsonObject {
  const enabled = wanted !== undefined && wanted !== null && wanted.type !== 'disabled';
  return {
    chat_template_kwargs: { enable_thinking: enabled, ...chat_template_kwargs },
    ...(enabled && withoutNothing({ reasoning_budget_tokens: wanted.budget_tokens })),
  };
}

function format({ output_config, output_format }: MessagesRequest): JsonObject {
  const { schema } = output_config?.format ?? output_format ?? {};
  if (!schema) return {};
  return { response_format: { type: 'json_schema', json_schema: { name: 'output', schema, strict: true } } };
}

function withoutNothing(values: Readonly<Record<string, number | null | undefined>>): JsonObject {
  const given = Object.entries(values).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return Object.fromEntries(given);
}
