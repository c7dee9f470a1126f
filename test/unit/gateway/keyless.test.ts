import { describe, expect, it } from 'vitest';
import { endpoints } from '../../../src/gateway/paths.ts';
import { configurationWith, testApp } from './support.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** What is answered without a key. */
const open = [
  'GET /health',
  'HEAD /health',
  'GET /status',
  'HEAD /status',
  'GET /ca.crt',
  'HEAD /ca.crt',
  'HEAD /',
];

/** Ollama's questions about models, which a variable opens. */
const metadata = ['GET /api/version', 'GET /api/tags', 'POST /api/show', 'GET /api/ps'];

type App = ReturnType<typeof testApp>;

/** Every method and path that the app has, and those that are documented: whatever is added is walked too. */
async function walk(app: App): Promise<readonly string[]> {
  const paths = new Set<string>(['/v1/nowhere', ...endpoints.map(({ path }) => path)]);
  app.addHook('onRoute', ({ url }) => void paths.add(url));
  await app.ready();
  return [...paths]
    .map((path) => path.replace(/\{\w+\}|:\w+/g, 'x').replace('*', 'x'))
    .flatMap((path) => methods.map((method) => `${method} ${path}`));
}

async function statusOf(app: App, request: string): Promise<number> {
  const [method, url] = request.split(' ');
  const known = methods.find((each) => each === method);
  if (!known || url === undefined) throw new Error(`${request} is no request.`);
  const payload = ['POST', 'PUT', 'PATCH'].includes(known) ? { payload: '{}' } : {};
  return (await app.inject({ method: known, url, ...payload })).statusCode;
}

/** Those of `requests` that get anything but 401. */
async function answered(app: App, requests: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const request of requests) if ((await statusOf(app, request)) !== 401) found.push(request);
  return found;
}

describe('without a key', () => {
  it('nothing is answered but health, status, the certificate, HEAD / and preflights', async () => {
    const app = testApp();
    const requests = await walk(app);
    const preflights = requests.filter((request) => request.startsWith('OPTIONS '));
    expect(preflights.length).toBeGreaterThan(10);
    expect((await answered(app, requests)).toSorted()).toEqual([...open, ...preflights].toSorted());
    for (const preflight of preflights) expect(await statusOf(app, preflight)).toBe(204);
  });

  it("Ollama's questions about models are answered where a variable opens them, and nothing else", async () => {
    const app = testApp({ configuration: configurationWith({ openMetadata: true }) });
    const requests = (await walk(app)).filter((request) => !request.startsWith('OPTIONS '));
    const heads = metadata
      .filter((request) => request.startsWith('GET'))
      .map((get) => get.replace('GET', 'HEAD'));
    expect((await answered(app, requests)).toSorted()).toEqual([...open, ...metadata, ...heads].toSorted());
  });
});
