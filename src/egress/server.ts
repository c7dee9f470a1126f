import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import * as z from 'zod';
import { failure } from '../errors/catalogue.ts';
import { jsonOrUndefined } from '../machine/json-text.ts';
import { EgressConfiguration } from './configuration.ts';
import { answerTrouble, defaultForwardTiming, type ForwardTiming, forward } from './forward.ts';
import type { Trouble } from './trouble.ts';

/** One line of the log: never an address, a key, or anything that was said. */
export interface EgressLine {
  readonly upstream: string;
  readonly trouble: Trouble;
  /** Of the error beneath, such as ECONNREFUSED. */
  readonly cause: string;
}

export interface EgressOptions {
  /** What is in force; each request is forwarded by what it says when the request begins. */
  readonly configuration: () => EgressConfiguration;
  readonly log: (line: EgressLine) => void;
  readonly timing?: ForwardTiming;
}

/** All that can be asked for. The first part names the upstream, the second is added to its URL. */
const route = /^\/([a-z0-9-]+)\/v1(\/chat\/completions|\/embeddings)$/;

/** Nobody but the gateway asks, which limits its requests itself. */
const maxConnections = 1024;

/** The way out to the upstreams. It does not listen yet. */
export function createEgress({ configuration, log, timing = defaultForwardTiming }: EgressOptions): Server {
  const server = createServer((incoming, response) => {
    const [, name = '', path = ''] = route.exec(incoming.url ?? '') ?? [];
    const upstream = configuration().upstreams.find((known) => known.name === name);
    if (incoming.method !== 'POST' || !upstream || path === '') {
      incoming.resume();
      answerTrouble(response, 'unknown');
      return;
    }
    const tell = (trouble: Trouble, cause: string) => log({ upstream: name, trouble, cause });
    forward(incoming, response, { upstream, path, timing, tell });
  });
  server.maxConnections = maxConnections;
  // A body may come as slowly as a client sends it to the gateway, which watches over that.
  server.requestTimeout = 0;
  return server;
}

/** Reads and checks the configuration. Throws `egress_configuration_invalid`, which quotes nothing of it. */
export async function readEgressConfiguration(path: string): Promise<EgressConfiguration> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const parsed = EgressConfiguration.safeParse(jsonOrUndefined(text ?? ''));
  if (parsed.success) return parsed.data;
  throw failure('egress_configuration_invalid', { path, problems: z.prettifyError(parsed.error) });
}
