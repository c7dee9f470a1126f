import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
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
    ...{
      'slot-prompt-similarity': 0.9,
      'cache-ram': 512,
      'ctx-checkpoints': 4,
      'load-mode': 'none',
      fit: 'off',
      ...more,
    },
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
  ] as const)('%s (%i slots)', async (_when, slots, interleaving) => {
    const ask = throughGateway(await start(slots), slots);
    expect(total(await lostTokens(ask, interleaving))).toBe(0);
  });
});

it('a new conversation may take another’s out of the engine’s cache, which has its own back after one turn', async () => {
  const ask = throughGateway(await start(3), 3);
  const lost = await lostTokens(ask, { sessions: 5, turns: 3, lines: 62, titles: true });
  // `server_prompt_cache::load` moves what it finds.
  expect(total(lost.slice(5))).toBe(0);
});

/**
 * Left to itself, the engine puts a prompt into the slot whose content begins most like it, empty ones never, and keeps
 * what was there only if more than half of it would be lost (llama.cpp v0.5.0, `get_available_slot`).
 */
describe('conversations that share more than they have of their own', () => {
  const short = { sessions: 2, turns: 4, lines: 25, titles: false };

  it.each([
    ['two in two slots', 2, short],
    ['two in one slot', 1, short],
    ['four in two slots', 2, { ...short, sessions: 4 }],
    ['four in two slots with other requests in between', 2, { ...short, sessions: 4, titles: true }],
  ] as const)('lose nothing: %s', async (_what, slots, interleaving) => {
    const ask = throughGateway(await start(slots), slots);
    expect(total(await lostTokens(ask, interleaving))).toBe(0);
  });

  it('would overwrite each other in one slot with the engine’s default, while another is empty', async () => {
    const ask = throughGateway(await start(2, { 'slot-prompt-similarity': 0.1 }), 1);
    expect(total(await lostTokens(ask, short))).toBeGreaterThan(2000);
  });
});
