import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { sendFile } from './body.ts';
import { FaultQueue, type HubFault } from './faults.ts';
import { type HubFile, Repositories, sha256Of } from './repositories.ts';

export type { HubFault } from './faults.ts';
export { type HubFile, sha256Of } from './repositories.ts';

/**
 * The hub (https://huggingface.co) as a client that downloads sees it: `/{owner}/{name}/resolve/{revision}/{path}`
 * answers with a redirect to a CDN, on another port, whose signed addresses expire. No XET, no API, no Git.
 */
export interface HubDouble {
  /** What takes the place of `https://huggingface.co`: a mirror. */
  readonly url: string;
  readonly requests: readonly HubRequest[];
  /** The next `times` requests that it concerns meet this; several faults are met one after another. */
  fault(fault: HubFault, times?: number): void;
  /** Forgets the faults that are still to come. */
  calm(): void;
  /** Adds or replaces a file, in a commit to which the branch `main` moves. */
  put(file: HubFile): void;
  /** Makes all earlier commits of a repository unreachable. */
  forgetHistory(repository: string): void;
  /** Addresses that the CDN signed so far are of no use any more. */
  expireAddresses(): void;
  /** Address of a file on a plain web server: no redirect, no hash in headers. */
  webUrl(repository: string, path: string): string;
  /** Bytes of bodies that the CDN (and the web server) sent since the beginning. */
  readonly bytesSent: number;
  close(): Promise<void>;
}

export interface HubRequest {
  readonly at: 'hub' | 'cdn';
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Status of the answer, known when that has ended; 0 where there was none. */
  status: number;
  /** How the answer ended; `cut` when client or server closed the connection before. */
  end: 'open' | 'whole' | 'cut';
}

export interface HubOptions {
  readonly files: readonly HubFile[];
  /** What opens gated files. */
  readonly token?: string;
  /** Name or address by which clients reach this machine; it listens on 127.0.0.1 all the same. */
  readonly host?: string;
}

export async function startHub({ files, token, host = '127.0.0.1' }: HubOptions): Promise<HubDouble> {
  const repositories = new Repositories(files);
  const faults = new FaultQueue();
  const requests: HubRequest[] = [];
  let signature = randomUUID();
  let bytesSent = 0;

  const record = (at: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse): HubRequest => {
    const recorded: HubRequest = {
      at,
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      status: 0,
      end: 'open',
    };
    requests.push(recorded);
    response.once('close', () => {
      recorded.status = response.headersSent ? response.statusCode : 0;
      recorded.end = response.writableFinished ? 'whole' : 'cut';
    });
    return recorded;
  };

  const send = (call: Call, content: Uint8Array, etag: string): Promise<void> =>
    sendFile({ ...call, content, etag, onSent: (bytes) => (bytesSent += bytes) });

  const hub = await listen(host, async (request, response) => {
    const recorded = record('hub', request, response);
    const fault = faults.take('hub');
    if (meetsPlainFault(fault, request, response)) return;
    const [path = ''] = recorded.path.split('?');
    const parts = path.split('/').slice(1).map(decodeURIComponent);
    const [owner = '', name = '', resolve, revision = '', ...rest] = parts;
    const found = repositories.find(`${owner}/${name}`, revision, rest.join('/'));
    if (resolve !== 'resolve') return refuse(response, 404, 'EntryNotFound');
    if ('missing' in found) {
      // The hub does not tell strangers which repositories exist.
      return refuse(response, found.missing === 'RepoNotFound' ? 401 : 404, found.missing);
    }
    const { file, commit } = found;
    const { authorization } = request.headers;
    if (authorization !== undefined && authorization !== `Bearer ${token}`) {
      response.setHeader('x-error-message', 'Invalid credentials in Authorization header');
      return refuse(response, 401);
    }
    if (file.isGated && authorization === undefined) return refuse(response, 401, 'GatedRepo');
    response.setHeader('x-repo-commit', commit);
    response.setHeader('accept-ranges', 'bytes');
    if (file.isLfs === false) {
      const etag = `"${createHash('sha1').update(file.content).digest('hex')}"`;
      return send({ request, response, fault }, file.content, etag);
    }
    const sha256 = sha256Of(file.content);
    response.setHeader('x-linked-etag', `"${sha256}"`);
    response.setHeader('x-linked-size', file.content.length);
    const location = `${cdn.url}/blobs/${sha256}?X-Amz-Signature=${signature}`;
    response.writeHead(302, { location, 'content-type': 'text/plain' });
    response.end(`Found. Redirecting to ${location}`);
  });

  const cdn = await listen(host, async (request, response) => {
    const recorded = record('cdn', request, response);
    const fault = faults.take('cdn');
    if (meetsPlainFault(fault, request, response)) return;
    const url = new URL(recorded.path, 'http://cdn');
    if (url.pathname.startsWith('/plain/')) {
      const [owner, name, ...path] = url.pathname.split('/').slice(2).map(decodeURIComponent);
      const found = repositories.find(`${owner}/${name}`, 'main', path.join('/'));
      if ('missing' in found) return refuse(response, 404);
      return send({ request, response, fault }, found.file.content, `"${sha256Of(found.file.content)}"`);
    }
    // As S3 does: «Only one auth mechanism allowed».
    if (request.headers.authorization !== undefined) return refuse(response, 400);
    if (url.searchParams.get('X-Amz-Signature') !== signature) return refuse(response, 403);
    const content = repositories.blob(url.pathname.split('/').at(-1) ?? '');
    if (!content) return refuse(response, 404);
    return send({ request, response, fault }, content, `"${sha256Of(content)}"`);
  });

  return {
    url: hub.url,
    requests,
    fault: (fault, times = 1) => faults.add(fault, times),
    calm: () => faults.clear(),
    put: (file) => repositories.put(file),
    forgetHistory: (repository) => repositories.forgetHistory(repository),
    expireAddresses: () => {
      signature = randomUUID();
    },
    webUrl: (repository, path) => `${cdn.url}/plain/${repository}/${path}`,
    get bytesSent() {
      return bytesSent;
    },
    close: async () => {
      await Promise.all([hub.close(), cdn.close()]);
    },
  };
}

/** A request, and what it meets. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: HubFault | undefined;
}

function meetsPlainFault(
  fault: HubFault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  switch (fault?.kind) {
    case 'drop':
      request.socket.destroy();
      return true;
    case 'hang':
      return true;
    case 'redirect':
      response.writeHead(302, { location: fault.location }).end();
      return true;
    case 'web-page':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Log in</title>');
      return true;
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      refuse(response, fault.status, fault.errorCode);
      return true;
    default:
      return false;
  }
}

function refuse(response: ServerResponse, status: number, errorCode?: string): void {
  if (errorCode !== undefined) response.setHeader('x-error-code', errorCode);
  response.writeHead(status, { 'content-type': 'text/plain' }).end('no');
}

interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

async function listen(
  host: string,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
): Promise<Listening> {
  // Who leaves in the middle of an answer is a client's affair.
  const server = createServer((request, response) => {
    Promise.resolve(answer(request, response)).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://${host}:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
