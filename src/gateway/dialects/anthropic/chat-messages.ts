import type { JsonObject } from '../../json.ts';
import { withoutBillingHeader } from './billing-header.ts';
import type { Block, Shown, ToolResult } from './blocks.ts';
import { conversationOf, type Turn } from './conversation.ts';
import type { MessagesRequest } from './request.ts';
import { contentOf, separator } from './shown-content.ts';

/** OpenAI's messages for a request's system prompt and messages. */
export function chatMessages({ system, messages }: MessagesRequest): JsonObject[] {
  const { opening, turns } = conversationOf(messages);
  const prompt = [...(system ?? []), ...opening]
    .map((block) => (block.type === 'text' ? withoutBillingHeader(block.text) : ''))
    .filter((text) => text !== '')
    .join(separator);
  const translated = turns.flatMap((turn) =>
    turn.role === 'user' ? userMessages(turn) : assistantMessage(turn),
  );
  return prompt === '' ? translated : [{ role: 'system', content: prompt }, ...translated];
}

/** Results of tools are messages of their own there, and must follow the calls: so they come first. */
function userMessages({ blocks }: Turn): JsonObject[] {
  const results = blocks.flatMap((block) => (block.type === 'tool_result' ? [toolMessage(block)] : []));
  const said = blocks.flatMap(shownIn);
  return said.length > 0 ? [...results, { role: 'user', content: contentOf(said) }] : results;
}

/** OpenAI has no place for `is_error`: the model reads of it. */
function toolMessage({ tool_use_id, content, is_error }: ToolResult): JsonObject {
  const failed: Shown[] = is_error ? [{ type: 'text', text: 'Error:' }] : [];
  return { role: 'tool', tool_call_id: tool_use_id, content: contentOf([...failed, ...content]) };
}

function assistantMessage({ blocks }: Turn): JsonObject[] {
  const content = contentOf(blocks.flatMap(shownIn));
  const thoughts = blocks.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : []));
  const calls = blocks.flatMap((block) => (block.type === 'tool_use' ? [toolCall(block)] : []));
  if (content === '' && thoughts.length === 0 && calls.length === 0) return [];
  const message = {
    role: 'assistant',
    content: content === '' && calls.length > 0 ? null : content,
    ...(thoughts.length > 0 && { reasoning_content: thoughts.join(separator) }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return [message];
}

function toolCall({ id, name, input }: Extract<Block, { type: 'tool_use' }>): JsonObject {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

/** What of a block goes into a message's content. */
function shownIn(block: Block): Shown[] {
  switch (block.type) {
    case 'tool_result':
    case 'tool_use':
    case 'thinking':
      return [];
    case 'compaction':
      return block.content ? [{ type: 'text', text: block.content }] : [];
    default:
      return [block];
  }
}
