import { join } from 'node:path';
import type { Client } from 'acme-client';
import * as z from 'zod';
import { failure } from '../../errors/catalogue.ts';
import { readJson, writeJson } from '../../models/store/durable.ts';
import type { Directory } from './directory.ts';
import { acmeClient } from './library.ts';
import { AcmeProblem } from './problem.ts';
import { serverFile } from './server-file.ts';
import { registrationRefused } from './translate.ts';
import type { Transport } from './transport.ts';
import type { AcmeServer } from './wanted.ts';

/** The key is all that makes an account: the server knows it by that (RFC 8555, section 7.3.1). */
const AccountFile = z.object({ directory: z.string(), key: z.string() });

export interface AccountOptions {
  readonly server: AcmeServer;
  readonly directory: Directory;
  /** E-mail address. */
  readonly contact?: string | undefined;
  /** Directory for the keys of accounts. */
  readonly state: string;
  readonly transport: Transport;
  readonly log: (line: string) => void;
}

/**
 * A client that is signed in: with the account that this VM has at the server, or one made for it. Whether the server
 * still knows it is asked each time, since servers forget, and a test CA at each restart.
 * @throws ACME_BINDING_*, ACME_CONTACT_REFUSED; NoAnswer and AcmeProblem of the transport
 */
export async function signIn(options: AccountOptions): Promise<Client> {
  const { server, transport, log } = options;
  const { Client } = await acmeClient();
  const client = new Client({
    directoryUrl: server.directory,
    accountKey: await accountKey(options),
    ...(server.binding && {
      externalAccountBinding: { kid: server.binding.keyId, hmacKey: server.binding.key },
    }),
  });
  const contact = options.contact === undefined ? [] : [`mailto:${options.contact}`];
  const known = await existing(client, transport);
  if (known && sameContact(known.contact ?? [], contact)) return client;
  try {
    if (known) {
      log('The account is told the contact.');
      await transport.repeat(() => client.updateAccount({ contact }));
    } else {
      if (options.directory.meta?.externalAccountRequired && !server.binding)
        throw failure('ACME_BINDING_MISSING', { server: new URL(server.directory).host });
      await transport.repeat(() =>
        client.createAccount({ termsOfServiceAgreed: true, ...(contact.length > 0 && { contact }) }),
      );
      log('An account was made.');
    }
  } catch (error) {
    throw error instanceof AcmeProblem ? registrationRefused(error, server, options.contact) : error;
  }
  return client;
}

/** The account of the client's key; undefined when the server knows none. */
async function existing(client: Client, transport: Transport) {
  try {
    return await transport.repeat(() => client.createAccount({ onlyReturnExisting: true }));
  } catch (error) {
    // Whatever else is wrong with an account, making one says it better.
    if (error instanceof AcmeProblem && error.type !== 'rateLimited' && (error.status ?? 500) < 500)
      return undefined;
    throw error;
  }
}

/** The key of the account at this server, under this binding: ECDSA with P-256, made once. */
async function accountKey({ server, state }: AccountOptions): Promise<string> {
  const path = join(state, serverFile('account', server));
  const kept = await readJson(path, AccountFile);
  if (kept) return kept.key;
  const { crypto } = await acmeClient();
  const key = (await crypto.createPrivateEcdsaKey('P-256')).toString();
  await writeJson(path, { directory: server.directory, key });
  return key;
}

function sameContact(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((address) => other.includes(address));
}
