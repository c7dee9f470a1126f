import { describe, expect, it } from 'vitest';
import { failure } from '../../../../src/errors/catalogue.ts';
import { isRetryable, type Route, routesFor } from '../../../../src/gateway/destinations/routes.ts';
import { fault } from '../../../../src/gateway/fault.ts';
import { UpstreamBreakers } from '../../../../src/gateway/upstreams/breakers.ts';
import type { Upstreams } from '../../../../src/gateway/upstreams/configuration.ts';
import { upstreamModels } from '../../../../src/gateway/upstreams/models.ts';
import type { ModelRole } from '../../../../src/models/image-facts.ts';
import { configurationWith } from '../support.ts';

const model = (id: string, role: 'chat' | 'embed' = 'chat', contextSize = 4096) => ({
  id,
  upstreamId: `${id}-there`,
  role,
  contextSize,
});
const upstreams: Upstreams = {
  socket: '/nonexistent/egress.sock',
  list: [
    { name: 'cloud', fallback: true, models: [model('big'), model('small'), model('vectors', 'embed')] },
    { name: 'company', fallback: false, models: [model('big', 'chat', 2048), model('chat-model')] },
    { name: 'other-vm', fallback: true, models: [model('theirs')] },
  ],
};
const own = configurationWith().models;
const breakers = new UpstreamBreakers(() => 0);
const nameOf = (route: Route) => (route.to === 'local' ? 'local' : route.link.upstream);

function namesFor(role: ModelRole, requested?: string, models = own, open = new UpstreamBreakers(() => 0)) {
  const choices = { configuration: { models, upstreams }, breakers: open };
  return routesFor(role, requested, choices).map((route) => `${nameOf(route)} ${route.model.id}`);
}

async function opened(...names: string[]): Promise<UpstreamBreakers> {
  const some = new UpstreamBreakers(() => 0);
  for (const name of names) for (let n = 0; n < 5; n += 1) await some.of(name).begin().end('failed');
  return some;
}

describe('a request goes', () => {
  const standIns = ['cloud big', 'other-vm theirs'];

  it.each<[string, ModelRole, string | undefined, string[]]>([
    ['to this VM, then to those that may stand in', 'chat', undefined, ['local chat-model', ...standIns]],
    ['to this VM when nobody has that name', 'chat', 'gpt-5', ['local chat-model', ...standIns]],
    [
      'to this VM when it has that name, whoever else has it',
      'chat',
      'chat-model',
      ['local chat-model', ...standIns],
    ],
    ['to all that have that name, and to nobody else', 'chat', 'big', ['cloud big', 'company big']],
    ['to the one that has that name', 'chat', 'small', ['cloud small']],
    ['to the one that has that name without Ollama’s tag', 'chat', 'small:latest', ['cloud small']],
    [
      'to this VM when it has that name without the tag, whoever else has it',
      'chat',
      'chat-model:latest',
      ['local chat-model', ...standIns],
    ],
    ['to this VM alone when it is code to complete', 'complete', 'big', ['local fim-model']],
    ['out when vectors of that name are asked for', 'embed', 'vectors', ['cloud vectors']],
  ])('%s', (_where, role, requested, expected) => expect(namesFor(role, requested)).toEqual(expected));

  it('to those that may stand in when this VM has no such model', () => {
    expect(namesFor('chat', undefined, [])).toEqual(standIns);
  });

  it('nowhere when nobody has what it takes: vectors of another model would be useless', () => {
    expect(() => namesFor('embed', 'gpt-5')).toThrow(expect.objectContaining({ status: 404 }));
  });

  it('nowhere but to this VM when no upstream is configured', () => {
    const choices = { configuration: { models: own }, breakers };
    expect(routesFor('chat', 'big', choices).map(nameOf)).toEqual(['local']);
  });

  it('past upstreams that are left alone', async () => {
    const some = await opened('cloud');
    expect(namesFor('chat', undefined, own, some)).toEqual(['local chat-model', 'other-vm theirs']);
    expect(namesFor('chat', 'big', own, some)).toEqual(['company big']);
  });

  it('nowhere when all that have that name are left alone, and is told when to come back', async () => {
    const some = await opened('cloud', 'company');
    expect(() => namesFor('chat', 'big', own, some)).toThrow(
      expect.objectContaining({ status: 503, retryAfter: 30 }),
    );
  });
});

describe('the next one is asked', () => {
  it.each([
    [true, fault('engine_loading', { seconds: 5 })],
    [true, fault('memory_short', { seconds: 5 })],
    [true, fault('model_failed', { reason: '', fix: '' })],
    [true, fault('queue_full', { waiting: 5, seconds: 5 })],
    [true, fault('upstream_busy', { upstream: 'a', seconds: 5 })],
    [true, fault('upstream_failed', { upstream: 'a', reason: 'b' })],
    [false, fault('upstream_rejected', { upstream: 'a', message: 'b' })],
    [false, fault('context_length_exceeded', { tokens: 2, contextSize: 1 })],
    [true, failure('engine_unavailable', { seconds: 5 })],
    [false, failure('engine_failed', {})],
    [false, new Error('the client left')],
    [false, fault('gateway_stopping', {})],
  ])('(%s) after %s', (expected, problem) => expect(isRetryable(problem)).toBe(expected));
});

describe('the list of models', () => {
  it('has those of upstreams once, as large as the smallest, and none twice', () => {
    expect(upstreamModels(upstreams, own)).toEqual([
      { id: 'big', roles: ['chat'], contextSize: 2048 },
      { id: 'small', roles: ['chat'], contextSize: 4096 },
      { id: 'vectors', roles: ['embed'], contextSize: 4096 },
      { id: 'theirs', roles: ['chat'], contextSize: 4096 },
    ]);
    expect(upstreamModels(undefined, own)).toEqual([]);
  });
});
