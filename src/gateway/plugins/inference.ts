import plugin from 'fastify-plugin';
import { errorBody } from '../dialects/openai.ts';
import { dialectsByPath } from '../dialects/table.ts';
import { embeddingRequest } from '../embeddings/request.ts';
import { type ServingOptions, serve } from '../serving/serve.ts';
import { type EmbeddingDialect, serveEmbeddings } from '../serving/serve-embeddings.ts';

const openaiEmbeddings: EmbeddingDialect = {
  name: 'openai-embeddings',
  read: embeddingRequest,
  write: (answer) => answer,
  errorBody,
};

/** The paths that make the engine work. */
export const inference = plugin<ServingOptions>(async (app, options) => {
  for (const [path, dialect] of Object.entries(dialectsByPath)) {
    app.post(path, { config: { errorBody: dialect.errorBody } }, (request, reply) =>
      serve(request, reply, dialect, options),
    );
  }
  app.post('/v1/embeddings', (request, reply) => serveEmbeddings(request, reply, openaiEmbeddings, options));
});
