import * as z from 'zod';
import { jsonObject } from './validation.ts';

const Text = z.object({ type: z.literal('text'), text: z.string() });

/** A text stands for one block of it; an absent one, which tool results may have, for none. */
function blocks<Block extends z.ZodType>(block: Block) {
  const asBlocks = (value: unknown) => {
    if (typeof value === 'string') return [{ type: 'text', text: value }];
    return value ?? [];
  };
  return z.preprocess(asBlocks, z.array(block, { error: 'a string or an array of content blocks' }));
}

const ImageSource = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('base64'), media_type: z.string(), data: z.string() }),
    z.object({
      type: z.literal('url'),
      url: z.string().regex(/^https?:/, { error: 'a URL of http or https' }),
    }),
  ],
  { error: '"base64" or "url": this server keeps no files' },
);
const Image = z.object({ type: z.literal('image'), source: ImageSource });

const DocumentSource = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('text'), data: z.string() }),
    z.object({ type: z.literal('content'), content: blocks(z.discriminatedUnion('type', [Text, Image])) }),
  ],
  { error: '"text" or "content": no model here reads other documents than plain text' },
);
const Document = z.object({
  type: z.literal('document'),
  source: DocumentSource,
  title: z.string().nullish(),
  context: z.string().nullish(),
});

const SearchResult = z.object({
  type: z.literal('search_result'),
  title: z.string(),
  source: z.string(),
  content: blocks(Text),
});

/** A tool that a client's search found; every tool is in the prompt already, so its name is all there is to say. */
const ToolReference = z.object({ type: z.literal('tool_reference'), tool_name: z.string() });

/**
 * What Anthropic's servers do, seal or keep, in conversations that began there; and, in system messages, changes of
 * the tools, all of which are in the prompt. It means nothing to another model.
 */
const Foreign = z.object({
  type: z.enum([
    'redacted_thinking',
    'server_tool_use',
    'web_search_tool_result',
    'web_fetch_tool_result',
    'code_execution_tool_result',
    'bash_code_execution_tool_result',
    'text_editor_code_execution_tool_result',
    'tool_search_tool_result',
    'advisor_tool_result',
    'mcp_tool_use',
    'mcp_tool_result',
    'mcp_tool_listing',
    'container_upload',
    'browser_state',
    'tool_addition',
    'tool_removal',
    'fallback',
  ]),
});

/** What a result may hold: everything that is shown rather than done. */
const shown = [Text, Image, Document, SearchResult, ToolReference, Foreign] as const;
const Shown = z.discriminatedUnion('type', [...shown]);
export type Shown = z.infer<typeof Shown>;

const ToolResult = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: blocks(Shown),
  is_error: z.boolean().nullish(),
});
export type ToolResult = z.infer<typeof ToolResult>;

const ToolUse = z.object({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: jsonObject,
});
const Thinking = z.object({ type: z.literal('thinking'), thinking: z.string() });

/** What Anthropic's servers made of a conversation that became too long for them. */
const Compaction = z.object({ type: z.literal('compaction'), content: z.string().nullish() });

const Block = z.discriminatedUnion('type', [...shown, ToolResult, ToolUse, Thinking, Compaction]);
/** After `ContentBlockParam` and `BetaContentBlockParam` of @anthropic-ai/sdk 1.12.0. */
export type Block = z.infer<typeof Block>;

export const Content = blocks(Block);
export const SystemContent = blocks(Text);
