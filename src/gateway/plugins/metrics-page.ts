import { BlockList, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import type { InForce } from '../in-force.ts';
import { exposition, expositionType, type Family } from '../metrics/exposition.ts';

export interface MetricsPageOptions {
  /** Everything there is to tell; read from memory alone. */
  readonly families: () => readonly Family[];
}

/** `GET /metrics` for Prometheus: with a key of the scope `admin`, or from one of the networks that are allowed. */
export const metricsPage = plugin<MetricsPageOptions>(async (app, { families }) => {
  const lists = new WeakMap<InForce, BlockList>();
  const isAllowed = ({ ip, inForce }: FastifyRequest) => {
    const list = lists.get(inForce) ?? networkList(inForce.configuration.metricsNetworks ?? []);
    lists.set(inForce, list);
    return list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
  };

  // Told with a refused context too: whoever watches must see the machine.
  const config = { public: isAllowed, scope: 'admin', tellsRefusal: true } as const;
  app.get('/metrics', { config }, async (_request, reply) =>
    reply.type(expositionType).header('cache-control', 'no-store').send(exposition(families())),
  );
});

function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}
