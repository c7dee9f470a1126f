import type { Served } from '../../../../src/gateway/accounts/served.ts';

/** A request of the noon of 2026-03-21 that was answered. */
export function served(changes: Partial<Served> = {}): Served {
  return {
    id: '00000000-0000-4000-8000-000000000000',
    at: Date.parse('2026-03-21T12:00:00Z'),
    key: 'ana',
    model: 'chat-model',
    destination: 'local',
    dialect: 'openai-chat',
    stream: true,
    tokens: { prompt: 100, cached: 40, answer: 10 },
    ms: { queued: 5, firstToken: 200, prompt: 190, answer: 400, total: 620 },
    outcome: 'done',
    ...changes,
  };
}
