import { isJsonObject, type JsonObject } from '../../json.ts';

/**
 * The beginning of the answer that a client has written itself, as a last message of the assistant's: the model goes
 * on from there. Empty where there is none.
 */
export function prefillOf({ messages }: JsonObject): string {
  const last = Array.isArray(messages) ? messages.at(-1) : undefined;
  const { role, content } = isJsonObject(last) ? last : {};
  return role === 'assistant' && typeof content === 'string' ? content : '';
}

/** Takes an echo off the beginning of a text that comes in pieces. */
export interface EchoFilter {
  /** What of the text so far is no echo and has not been given yet. */
  next(piece: string): string;
  /** What looked like the echo when the text ended, but was not all of it. */
  rest(): string;
}

/** Anthropic's answers leave out `prefill`; llama-server's repeat it, other servers' do not. */
export function echoFilter(prefill: string): EchoFilter {
  let held = '';
  let isOver = prefill === '';
  return {
    next(piece) {
      if (isOver) return piece;
      held += piece;
      if (held.length < prefill.length && prefill.startsWith(held)) return '';
      isOver = true;
      return held.startsWith(prefill) ? held.slice(prefill.length) : held;
    },
    rest: () => (isOver ? '' : held),
  };
}
