import plugin from 'fastify-plugin';
import type { ModelStatus } from '../../engine/client.ts';
import { engineRetrySeconds } from '../fault.ts';
import { mainModel, modelCalled } from '../models.ts';

export interface PublicPagesOptions {
  /** Cheap enough to be asked by anyone at any rate. */
  readonly modelStatus: (id: string) => Promise<ModelStatus>;
}

/** What is answered without a key: whether the server is ready, and whom to trust. */
export const publicPages = plugin<PublicPagesOptions>(async (app, { modelStatus }) => {
  const config = { public: true };

  // llama.vscode asks for one model, as of llama-server's router.
  app.get<{ Querystring: { model?: string } }>('/health', { config }, async ({ inForce, query }, reply) => {
    const { models } = inForce.configuration;
    const model = modelCalled(query.model, models) ?? mainModel(models);
    const status = model ? await modelStatus(model.id) : 'unloaded';
    if (status === 'loaded') return { status: 'ok' };
    return reply.code(503).header('retry-after', engineRetrySeconds).send({ status });
  });

  // Claude Code asks before it speaks.
  app.head('/', { config }, async (_request, reply) => reply.send());

  app.get('/ca.crt', { config }, async ({ inForce }, reply) =>
    reply
      .type('application/x-x509-ca-cert')
      .header('content-disposition', 'attachment; filename="onepilot-ca.crt"')
      .send(inForce.authority),
  );
});
