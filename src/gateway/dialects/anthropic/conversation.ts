import type { Block } from './blocks.ts';
import type { Message } from './request.ts';

/** Consecutive blocks of one side. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly blocks: Block[];
}

interface Conversation {
  /** System messages before anything was said: part of the system prompt. */
  readonly opening: readonly Block[];
  readonly turns: readonly Turn[];
}

/**
 * `messages` as two sides that take turns, which strict templates ask for and Anthropic makes of them as well.
 * A system message amid the conversation becomes the user's, as Claude Code marks its own reminders: templates
 * take none there, and one moved to the front would change the prompt from its beginning, cache and all.
 */
export function conversationOf(messages: readonly Message[]): Conversation {
  const begin = messages.findIndex(({ role }) => role !== 'system');
  const leading = begin < 0 ? messages : messages.slice(0, begin);
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    if (index < leading.length || (message.clear_at === 'next_user_message' && index < lastUser)) continue;
    const { role, blocks } = turnOf(message);
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else turns.push({ role, blocks });
  }
  return { opening: leading.flatMap(({ content }) => content), turns };
}

function turnOf({ role, content }: Message): Turn {
  if (role !== 'system') return { role, blocks: [...content] };
  return { role: 'user', blocks: content.map(asReminder) };
}

function asReminder(block: Block): Block {
  if (block.type !== 'text') return block;
  return { type: 'text', text: `<system-reminder>\n${block.text}\n</system-reminder>` };
}
