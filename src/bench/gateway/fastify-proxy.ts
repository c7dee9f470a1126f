import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { fastify } from 'fastify';

/**
 * A program: the barest streaming proxy with TLS that Fastify makes. It reads nothing of a request but its head, and
 * passes on answers as they come; an answer ends when its client leaves. Connections to the engine are not kept, since
 * llama-server's router closes each after its answer.
 * Arguments: port on 127.0.0.1, the engine's unix socket, certificate, key.
 */
const [, , port = '0', socketPath = '', certificate = '', key = ''] = process.argv;

const https = { cert: await readFile(certificate), key: await readFile(key) };
const app = fastify({ https });

app.removeAllContentTypeParsers();
// As a stream, unread.
app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

app.all('/*', (incoming, reply) => {
  const { method, url, raw } = incoming;
  const { promise, resolve, reject } = Promise.withResolvers<typeof reply>();
  const outgoing = request({ socketPath, agent: false, method, path: url, headers: raw.headers });
  outgoing.once('error', reject);
  outgoing.once('response', (answer: IncomingMessage) => {
    resolve(
      reply
        .code(answer.statusCode ?? 502)
        .headers(answer.headers)
        .send(answer),
    );
  });
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) outgoing.destroy();
  });
  raw.pipe(outgoing);
  return promise;
});

await app.listen({ host: '127.0.0.1', port: Number(port) });
