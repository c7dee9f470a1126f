import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Served } from '../../src/gateway/accounts/served.ts';
import { authorization, configurationWith, testApp, until } from '../unit/gateway/support.ts';
import { type AskInSession, lostTokens } from './support/conversations.ts';
import { type Engine, type PresetKeys, startEngine } from './support/llama-server.ts';

const model = 'onepilot-random';
const contextSize = 8192;
const answerTokens = 24;

const Answer = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
  usage: z.object({
    prompt_tokens: z.int(),
    prompt_tokens_details: z.object({ cached_tokens: z.int() }).optional(),
  }),
});

let engine: Engine | undefined;
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
});

/** As src/engine/preset.ts sets it, for a model of so many slots; the cache has room for everything. */
async function start(slots: number, more: PresetKeys = {}): Promise<Engine> {
  const keys = {
    ...{ 'ctx-size': contextSize * slots, parallel: slots, 'kv-unified': false, 'flash-attn': 'on' },
    ...{ 'cache-ram': 512, 'ctx-checkpoints': 4, 'load-mode': 'none', fit: 'off', ...more },
  };
  engine = await startEngine({ models: { [model]: keys }, defaults: 'none' });
  return engine;
}

/** Through the gateway, whose account says what was cached. */
function throughGateway({ socketPath }: Engine, slots: number): AskInSession {
  const accounts: Served[] = [];
  const models = [{ id: model, roles: ['chat' as const], contextSize, slots }];
  const accountants = [(served: Served) => void accounts.push(served)];
  const app = testApp({ configuration: configurationWith({ models }), accountants }, socketPath);
  return async (session, messages) => {
    const headers = { authorization, 'session-id': session, 'x-claude-code-session-id': session };
    const payload = {
      messages,
      max_tokens: answerTokens,
      temperature: 0,
      prompt_cache_key: session,
      user: session,
    };
    const before = accounts.length;
    const response = await app.inject({ method: 'POST', url: '/v1/chat/completions', headers, payload });
    const { choices, usage } = Answer.parse(response.json());
    await until(() => accounts.length > before);
    const cached = accounts.at(-1)?.tokens.cached ?? 0;
    expect(accounts.at(-1)?.tokens.prompt).toBe(usage.prompt_tokens);
    return { prompt: usage.prompt_tokens, cached, text: choices[0].message.content };
  };
}

/** To the engine itself: each session to the slot that it had, else to the one that was left alone for longest. */
function withOwnSlots({ call }: Engine, slots: number): AskInSession {
  const bySlot = new Map<number, string>();
  const leastUsed = Array.from({ length: slots }, (_, slot) => slot);
  return async (session, messages) => {
    const slot = leastUsed.find((each) => bySlot.get(each) === session) ?? leastUsed[0] ?? 0;
    leastUsed.splice(leastUsed.indexOf(slot), 1);
    leastUsed.push(slot);
    bySlot.set(slot, session);
    const body = { model, messages, max_tokens: answerTokens, temperature: 0, id_slot: slot };
    const { text } = await call('/v1/chat/completions', body);
    const { choices, usage } = Answer.parse(JSON.parse(text));
    const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
    return { prompt: usage.prompt_tokens, cached, text: choices[0].message.content };
  };
}

const total = (lost: readonly number[]) => lost.reduce((sum, tokens) => sum + tokens, 0);

describe('a conversation finds its cache', () => {
  it.each([
    ['alone', 2, { sessions: 1, turns: 4, lines: 25, titles: false }],
    [
      'when it is longer than what it shares, among more of them than slots',
      2,
      { sessions: 4, turns: 3, lines: 62, titles: false },
    ],
    [
      'when it is longer than what it shares, with other requests in between',
      2,
      { sessions: 4, turns: 3, lines: 62, titles: true },
    ],
    [
      'when it is longer than what it shares, in three slots',
      3,
      { sessions: 5, turns: 3, lines: 62, titles: true },
    ],
  ] as const)('%s (%i slots)', async (_when, slots, interleaving) => {
    const ask = throughGateway(await start(slots), slots);
    expect(total(await lostTokens(ask, interleaving))).toBe(0);
  });
});

/**
 * The engine puts a prompt into the slot whose content begins most like it, empty ones never, and keeps what was there
 * only if more than half of it would be lost (llama.cpp v0.5.0, `get_available_slot`).
 */
describe('conversations that share more than they have of their own', () => {
  const short = { sessions: 2, turns: 4, lines: 25, titles: false };

  it('overwrite each other in one slot, while the other is empty', async () => {
    const ask = throughGateway(await start(2), 2);
    const lost = await lostTokens(ask, short);
    // Until each has grown to twice what it shares.
    expect(lost.slice(0, 4).every((tokens) => tokens > 500)).toBe(true);
    expect(total(lost.slice(4))).toBe(0);
  });

  it.each([
    ['two in two slots', 2, short],
    ['two in one slot', 1, short],
    ['four in two slots', 2, { ...short, sessions: 4 }],
    ['four in two slots with other requests in between', 2, { ...short, sessions: 4, titles: true }],
  ] as const)(
    'lose nothing when each has a slot of its own and the engine keeps whatever is in it: %s',
    async (_what, slots, interleaving) => {
      // No prompt is that similar: so the engine keeps what is in the slot, and looks in its cache, each time.
      const ask = withOwnSlots(await start(slots, { 'slot-prompt-similarity': 1 }), slots);
      expect(total(await lostTokens(ask, interleaving))).toBe(0);
    },
  );

  it('lose something even so where a new one takes what it shares out of the cache, and another’s conversation with it', async () => {
    const ask = withOwnSlots(await start(3, { 'slot-prompt-similarity': 1 }), 3);
    const lost = await lostTokens(ask, { ...short, sessions: 5, titles: true });
    // `server_prompt_cache::load` moves: each has its own back after one turn.
    expect(lost.slice(0, 5).some((tokens) => tokens > 500)).toBe(true);
    expect(total(lost.slice(5))).toBe(0);
  });
});
