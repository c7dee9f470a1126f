import { anthropicMessages } from './anthropic/messages.ts';
import type { Dialect } from './dialect.ts';
import { infill } from './infill.ts';
import { mistralFim } from './mistral-fim.ts';
import { ollamaChat } from './ollama/chat.ts';
import { ollamaGenerate } from './ollama/generate.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiCompletions } from './openai-completions.ts';
import { rawCompletion } from './raw-completion.ts';
import { responses } from './responses/responses.ts';

/** Which dialect is spoken at which path (as paths.ts has them). */
export const dialectsByPath: Readonly<Record<string, Dialect>> = {
  '/v1/chat/completions': openaiChat,
  '/v1/completions': openaiCompletions,
  '/v1/responses': responses,
  '/v1/messages': anthropicMessages,
  '/v1/fim/completions': mistralFim,
  '/api/chat': ollamaChat,
  '/api/generate': ollamaGenerate,
  '/infill': infill,
  '/completion': rawCompletion,
};
