import * as z from 'zod';
import { invalidParameter } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';
import { Content, SystemContent } from './blocks.ts';
import { expectation, jsonObject, parameterAt } from './validation.ts';

const Message = z.object({
  role: z.enum(['user', 'assistant', 'system']),
  content: Content,
  /** Only of `system`: whether its text is gone once a user's message follows. */
  clear_at: z.string().nullish(),
});
export type Message = z.infer<typeof Message>;

/** With a schema it is the client's own; without one, Anthropic's servers would run it or its models know it. */
const Tool = z.object({
  type: z.string().nullish(),
  name: z.string(),
  description: z.string().nullish(),
  input_schema: jsonObject.optional(),
});
export type Tool = z.infer<typeof Tool>;

const parallelism = { disable_parallel_tool_use: z.boolean().nullish() };
const ToolChoice = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['auto', 'any', 'none']), ...parallelism }),
  z.object({ type: z.literal('tool'), name: z.string(), ...parallelism }),
]);
export type ToolChoice = z.infer<typeof ToolChoice>;

const Thinking = z.object({ type: z.string(), budget_tokens: z.int().min(0).nullish() });
const OutputFormat = z.object({ type: z.literal('json_schema'), schema: jsonObject });

/**
 * What is read of a request, after `MessageCreateParams` of @anthropic-ai/sdk 1.12.0, beta fields included. The
 * number of tokens may be missing: counting them needs none, and the gateway has a default.
 */
export const MessagesRequest = z.object({
  system: SystemContent.nullish(),
  messages: z.array(Message).min(1),
  tools: z.array(Tool).nullish(),
  tool_choice: ToolChoice.nullish(),
  max_tokens: z.int().min(0).nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.int().nullish(),
  thinking: Thinking.nullish(),
  output_config: z.object({ format: OutputFormat.nullish() }).nullish(),
  /** What `output_config.format` was called before. */
  output_format: OutputFormat.nullish(),
  chat_template_kwargs: jsonObject.nullish(),
});
export type MessagesRequest = z.infer<typeof MessagesRequest>;

/** Reads the body of a request. Throws `invalid_parameter` for the first field that is wrong. */
export function messagesRequest(body: JsonObject): MessagesRequest {
  const { data, error } = MessagesRequest.safeParse(body, { error: expectation });
  if (data) return data;
  const [issue] = error.issues;
  throw invalidParameter(parameterAt(issue?.path ?? []), issue?.message ?? 'valid');
}
