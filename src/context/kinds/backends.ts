import { isIPv4 } from 'node:net';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { isIPv6 } from '../../network/address.ts';
import { Secret } from '../secret.ts';
import type { Description, Variable } from '../variable.ts';
import { isHostName } from './host.ts';

/** Another VM that answers requests, as EuroCopilot's templates name it. */
export interface Backend {
  readonly key: Secret;
  readonly host: string;
  readonly port: number;
}

/** `key@host:port,…` as EuroCopilot has it. The whole is secret, so problems say only which entry it is. */
export function backends(row: Description): Variable<readonly Backend[]> {
  return {
    ...row,
    input: 'password',
    secret: true,
    offered: true,
    rule: 'a list of KEY@HOST:PORT, separated by commas',
    default: [],
    shownDefault: '',
    read(raw) {
      const value: Backend[] = [];
      const problems: OnePilotError[] = [];
      for (const [index, entry] of raw.split(',').entries()) {
        const backend = parseBackend(entry.trim());
        if (backend) value.push(backend);
        else problems.push(failure('CONTEXT_BAD_BACKEND', { variable: row.name, entry: index + 1 }));
      }
      return problems.length > 0 ? { problems } : { value };
    },
  };
}

/** The last @ is the one before the host: a key may hold others. */
function parseBackend(entry: string): Backend | undefined {
  const [, key, bracketed, plain, digits] =
    /^([!-~]+)@(?:\[([^\]]*)\]|([^:@]*)):(\d{1,5})$/.exec(entry) ?? [];
  const host = (bracketed ?? plain ?? '').toLowerCase();
  const port = Number(digits);
  const good = bracketed === undefined ? isIPv4(host) || isHostName(host) : isIPv6(host);
  if (key === undefined || !good || port < 1 || port > 65_535) return undefined;
  return { key: new Secret(key), host, port };
}
