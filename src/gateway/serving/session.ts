import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

/** How clients name a conversation: Claude Code; Codex; others (shared/reference/clients.md, section 6, 14). */
const headerNames = ['x-claude-code-session-id', 'session-id', 'x-session-id', 'x-session-affinity'] as const;

/**
 * Which conversation a request belongs to: as its client says, else by what it begins with, up to the first message of
 * the user. Holds no text: a hash. Pure.
 * @param body As the client sent it. @param key The name of the key; others' conversations are not ours.
 */
export function sessionOf(headers: IncomingHttpHeaders, body: JsonObject, key: string): string {
  const named = headerNames
    .map((name) => headers[name])
    .find((value) => typeof value === 'string' && value !== '');
  const metadata = isJsonObject(body.metadata) ? body.metadata.user_id : undefined;
  const told = [named, body.prompt_cache_key, metadata].find((value) => typeof value === 'string');
  return hash('sha256', `${key}\0${told ?? JSON.stringify(beginning(body))}`, 'base64url');
}

function beginning({ messages, input, system, instructions }: JsonObject): JsonValue {
  const list = Array.isArray(messages) ? messages : Array.isArray(input) ? input : [];
  const first = list.findIndex((message) => isJsonObject(message) && message.role === 'user');
  return [system ?? null, instructions ?? null, ...list.slice(0, first + 1)];
}
