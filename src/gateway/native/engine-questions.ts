import { messagesForTemplates } from '../dialects/chat-messages.ts';
import { clientFields } from '../dialects/engine-request.ts';
import { withToolChoice } from '../dialects/tool-choice.ts';
import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

/** The engine's body for the client's, known fields alone. Throws the fault of a request that is wrong. */
type Question = (body: JsonObject) => JsonObject;

/**
 * Questions about texts that llama-server answers without a slot, as llama.vscode and Zed ask them
 * (llama.cpp v0.5.0, tools/server/README.md).
 */
export const engineQuestions: Readonly<Record<string, Question>> = {
  '/tokenize': (body) => {
    if (typeof body.content !== 'string') throw invalidParameter('content', 'a string');
    return { content: body.content, ...switchesIn(body, ['add_special', 'parse_special', 'with_pieces']) };
  },

  '/detokenize': ({ tokens }) => {
    if (!Array.isArray(tokens) || !tokens.every(isToken))
      throw invalidParameter('tokens', 'an array of tokens');
    return { tokens };
  },

  '/apply-template': (body) => {
    const { messages } = body;
    if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isJsonObject)) {
      throw invalidParameter('messages', 'a non-empty array of objects');
    }
    return { ...clientFields(withToolChoice(body)), messages: messagesForTemplates(messages) };
  },
};

function switchesIn(body: JsonObject, names: readonly string[]): JsonObject {
  const switches: JsonObject = {};
  for (const name of names) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'boolean') throw invalidParameter(name, 'true or false');
    switches[name] = value;
  }
  return switches;
}

/** The engine reads tokens as numbers of 32 bits. */
function isToken(value: JsonValue): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;
}
