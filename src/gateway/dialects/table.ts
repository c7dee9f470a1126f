import { anthropicMessages } from './anthropic/messages.ts';
import type { Dialect } from './dialect.ts';
import { infill } from './infill.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiCompletions } from './openai-completions.ts';
import { responses } from './responses/responses.ts';

/** Which dialect is spoken at which path (as paths.ts has them). */
export const dialectsByPath: Readonly<Record<string, Dialect>> = {
  '/v1/chat/completions': openaiChat,
  '/v1/completions': openaiCompletions,
  '/v1/responses': responses,
  '/v1/messages': anthropicMessages,
  '/infill': infill,
};
