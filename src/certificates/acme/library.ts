import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transport } from './transport.ts';

type AcmeClient = typeof import('./acme-client.ts');

/**
 * acme-client sends the requests of all its clients through one axios instance, whose retries nothing can stop and
 * which lose what the server said. So each is handed to the transport of the order it is made for.
 */
const transports = new AsyncLocalStorage<Transport>();

let loaded: Promise<AcmeClient> | undefined;

/** acme-client; 10 MB of memory that only those who order a certificate need. */
export function acmeClient(): Promise<AcmeClient> {
  loaded ??= load();
  return loaded;
}

/** Does `work`; what acme-client asks in it goes through `transport`. */
export function through<Result>(transport: Transport, work: () => Promise<Result>): Promise<Result> {
  return transports.run(transport, work);
}

async function load(): Promise<AcmeClient> {
  const library = await import('./acme-client.ts');
  library.axios.defaults.adapter = async (config) => {
    const transport = transports.getStore();
    if (!transport) throw new Error('acme-client was called outside of an order.');
    const body: unknown = config.data;
    const answer = await transport.send({
      url: config.url ?? '',
      method: (config.method ?? 'get').toUpperCase(),
      headers: Object.fromEntries(
        Object.entries(config.headers.toJSON()).map(([name, value]) => [name, String(value)]),
      ),
      ...(typeof body === 'string' && { body }),
    });
    return { ...answer, statusText: '', headers: { ...answer.headers }, data: answer.body, config };
  };
  return library;
}
