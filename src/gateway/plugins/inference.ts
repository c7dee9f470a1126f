import plugin from 'fastify-plugin';
import { dialectsByPath } from '../dialects/table.ts';
import { embeddingDialectsByPath } from '../embeddings/dialects.ts';
import { type ServingOptions, serve } from '../serving/serve.ts';
import { serveEmbeddings } from '../serving/serve-embeddings.ts';

/** The paths that make the engine work. */
export const inference = plugin<ServingOptions>(async (app, options) => {
  for (const [path, dialect] of Object.entries(dialectsByPath)) {
    app.post(path, { config: { errorBody: dialect.errorBody } }, (request, reply) =>
      serve(request, reply, dialect, options),
    );
  }
  for (const [path, dialect] of Object.entries(embeddingDialectsByPath)) {
    app.post(path, { config: { errorBody: dialect.errorBody } }, (request, reply) =>
      serveEmbeddings(request, reply, dialect, options),
    );
  }
});
