/** One answer: tokens of its prompt, those of them that the cache had, and what was said. */
export interface Said {
  readonly prompt: number;
  readonly cached: number;
  readonly text: string;
}

export type Message = { readonly role: string; readonly content: string };

/** Asks in the name of a session. */
export type AskInSession = (session: string, messages: readonly Message[]) => Promise<Said>;

export interface Interleaving {
  readonly sessions: number;
  readonly turns: number;
  /** Lines of what the user says each time: some 23 tokens each. */
  readonly lines: number;
  /** Whether each session also has its conversation named after its first turn, as agents do. */
  readonly titles: boolean;
}

/** Tokens at the seam of two turns that may be read again: the template ends the answer otherwise than the model. */
const seam = 40;

/** The same for all sessions, as an agent's instructions and tools are: some 1,300 tokens. */
const system: Message = {
  role: 'system',
  content: Array.from(
    { length: 40 },
    (_, i) => `${i}: rule of the shared system prompt, always the same.`,
  ).join('\n'),
};

/**
 * Holds several conversations in turns, one after the other.
 * @returns for each turn but the first of each session, the tokens of the conversation so far that had to be read again.
 */
export async function lostTokens(
  ask: AskInSession,
  { sessions, turns, lines, titles }: Interleaving,
): Promise<number[]> {
  const conversations = Array.from({ length: sessions }, (_, session) => ({
    session,
    messages: [system],
    read: 0,
  }));
  const lost: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    for (const conversation of conversations) {
      const { session, messages } = conversation;
      const pasted = Array.from(
        { length: lines },
        (_, i) => `session ${session} turn ${turn} line ${i} of the file that is pasted`,
      );
      const user = { role: 'user', content: pasted.join('\n') };
      messages.push(user);
      const { prompt, cached, text } = await ask(`session ${session}`, messages);
      if (turn > 0) lost.push(cached + seam < conversation.read ? conversation.read - cached : 0);
      messages.push({ role: 'assistant', content: text });
      conversation.read = prompt;
      const naming = [{ role: 'system', content: 'You name conversations.' }, user];
      if (titles && turn === 0) await ask(`title ${session}`, naming);
    }
  }
  return lost;
}
