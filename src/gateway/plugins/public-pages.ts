import plugin from 'fastify-plugin';
import type { Engine, ModelStatus } from '../../engine/client.ts';
import { engineRetrySeconds } from '../fault.ts';
import type { GatewayModel } from '../models.ts';

/** Milliseconds for which an answer of the engine is repeated: anyone may ask, at any rate. */
const statusLifetime = 1000;

export interface PublicPagesOptions {
  readonly engine: Engine;
  readonly models: readonly GatewayModel[];
  /** The certificate of the authority that signed this server's, in PEM. */
  readonly authority: string;
}

/** What is answered without a key: whether the server is ready, and whom to trust. */
export const publicPages = plugin<PublicPagesOptions>(async (app, { engine, models, authority }) => {
  const chatModel = models.find(({ roles }) => roles.includes('chat')) ?? models[0];
  const chatStatus = remembered(async () => (chatModel ? engine.modelStatus(chatModel.id) : 'unloaded'));
  const config = { public: true };

  app.get('/health', { config }, async (_request, reply) => {
    const status = await chatStatus();
    if (status === 'loaded') return { status: 'ok' };
    return reply.code(503).header('retry-after', engineRetrySeconds).send({ status });
  });

  // Claude Code asks before it speaks.
  app.head('/', { config }, async (_request, reply) => reply.send());

  app.get('/ca.crt', { config }, async (_request, reply) =>
    reply
      .type('application/x-x509-ca-cert')
      .header('content-disposition', 'attachment; filename="onepilot-ca.crt"')
      .send(authority),
  );
});

function remembered(ask: () => Promise<ModelStatus>): () => Promise<ModelStatus> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let answer: Promise<ModelStatus> = Promise.resolve('unreachable');
  return () => {
    const now = performance.now();
    if (now - askedAt > statusLifetime) {
      askedAt = now;
      answer = ask();
    }
    return answer;
  };
}
