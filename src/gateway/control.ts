import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import type { Absence } from './absences.ts';
import type { HoldAnswer } from './control-client.ts';
import { asFault } from './fault.ts';
import type { UsageReport } from './ledger/usage-report.ts';

/** What can be ordered through the control socket. */
export interface Controlled {
  /** Throws when the new configuration cannot be taken up; the old one stays then. */
  reload(): Promise<void>;
  hold(seconds: number): Promise<HoldAnswer>;
  resume(): void;
  readonly inFlight: number;
  /** Models that are away for longer. */
  readonly absences: readonly Absence[];
  /** What `query` asks for, of all keys or the one in `key` (GET /v1/usage). */
  usage(query: URLSearchParams): Promise<UsageReport>;
}

/** A control socket that listens. */
export interface Control {
  /** Ends it, orders that wait for their answer included. */
  close(): Promise<void>;
}

/** Seconds; nobody waits for the engine longer than a day. */
const longestHold = 86_400;

/**
 * Listens for orders on a unix socket of its own, so that they and public requests cannot meet. Who may give
 * them is settled by the file's directory (`RuntimeDirectoryMode=0700`) and mode: the gateway's user and root.
 * @param path What a killed gateway left there is removed.
 */
export async function openControl(path: string, gateway: Controlled): Promise<Control> {
  const server = createServer(async (request, response) => {
    request.resume();
    const { status, body } = await obey(request, gateway);
    reply(response, status, body);
  });
  await rm(path, { force: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(path, resolve);
  await promise;
  await chmod(path, 0o600);
  return {
    async close() {
      const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
      server.close(() => onClosed());
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Outcome {
  readonly status: number;
  readonly body: object;
}

async function obey({ method, url }: IncomingMessage, gateway: Controlled): Promise<Outcome> {
  const [path, query] = (url ?? '').split('?', 2);
  switch (`${method} ${path}`) {
    case 'POST /reload':
      return reload(gateway);
    case 'POST /hold': {
      const given = new URLSearchParams(query).get('seconds') ?? '';
      const seconds = Number(given);
      if (!/^\d+(\.\d+)?$/.test(given) || seconds > longestHold)
        return expected(400, `seconds from 0 to ${longestHold}`);
      return { status: 200, body: await gateway.hold(seconds) };
    }
    case 'POST /resume':
      gateway.resume();
      return { status: 200, body: {} };
    case 'GET /requests':
      return { status: 200, body: { inFlight: gateway.inFlight } };
    case 'GET /absences':
      return { status: 200, body: { absences: gateway.absences } };
    case 'GET /usage':
      return usage(gateway, new URLSearchParams(query));
    default:
      return expected(
        404,
        'POST /reload, POST /hold?seconds=N, POST /resume, GET /requests, GET /absences, GET /usage',
      );
  }
}

async function reload(gateway: Controlled): Promise<Outcome> {
  try {
    await gateway.reload();
    return { status: 200, body: {} };
  } catch (error) {
    return refused(error instanceof OnePilotError ? error : failure('internal_error', {}));
  }
}

async function usage(gateway: Controlled, query: URLSearchParams): Promise<Outcome> {
  try {
    return { status: 200, body: await gateway.usage(query) };
  } catch (error) {
    return refused(asFault(error).error);
  }
}

function refused({ code, message, fix }: OnePilotError): Outcome {
  return { status: 409, body: { error: { code, what: message, fix } } };
}

function expected(status: number, what: string): Outcome {
  return { status, body: { expected: what } };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
