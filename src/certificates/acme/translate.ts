import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { ChallengeFailed } from './authorize.ts';
import { AcmeProblem } from './problem.ts';
import { NoAnswer } from './transport.ts';
import type { AcmeServer, Identifier } from './wanted.ts';

/** Whose certificate was asked for, and where. */
export interface Asked {
  readonly server: AcmeServer;
  readonly identifiers: readonly Identifier[];
}

/** When the CA may be asked again, if it said so: of an error of `orderCertificate`. */
export function retryAfterOf(error: unknown): Date | undefined {
  if (error instanceof AcmeProblem) return error.retryAfter;
  return error instanceof Error && error.cause !== undefined ? retryAfterOf(error.cause) : undefined;
}

/** What ACME's and the network's errors mean for an admin; anything else is returned as it is. */
export function translate(error: unknown, asked: Asked): unknown {
  if (error instanceof ChallengeFailed) return challengeFailed(error, asked);
  if (error instanceof AcmeProblem) return refused(error, asked);
  if (error instanceof NoAnswer) return unanswered(error, asked);
  return error;
}

/** A refusal to make or change an account (RFC 8555, section 7.3). */
export function registrationRefused(
  problem: AcmeProblem,
  server: AcmeServer,
  contact: string | undefined,
): OnePilotError {
  const values = { server: serverName(server), detail: problem.detail };
  const cause = { cause: problem };
  switch (problem.type) {
    case 'externalAccountRequired':
      return failure('ACME_BINDING_MISSING', values, cause);
    case 'invalidContact':
    case 'unsupportedContact':
      return failure('ACME_CONTACT_REFUSED', { ...values, contact: contact ?? 'none' }, cause);
    // RFC 8555, section 7.3.4 leaves open what a wrong binding is called; Boulder, Pebble and step-ca differ.
    case 'unauthorized':
    case 'malformed':
    case '':
      if (server.binding && (problem.status ?? 0) < 500)
        return failure('ACME_BINDING_REFUSED', { ...values, keyId: server.binding.keyId }, cause);
      break;
  }
  return refused(problem, { server, identifiers: [] });
}

function challengeFailed(failed: ChallengeFailed, asked: Asked): OnePilotError {
  const { identifier, kind, problem } = failed;
  const server = serverName(asked.server);
  const values = { server, identifier, detail: problem.detail, port: kind === 'http-01' ? 80 : 443, kind };
  const cause = { cause: problem };
  switch (failed.trouble) {
    case 'dns':
      return failure('ACME_DNS', values, cause);
    case 'unreachable':
      return failure('ACME_CHALLENGE_UNREACHABLE', values, cause);
    case 'elsewhere':
      return failure('ACME_CHALLENGE_ELSEWHERE', values, cause);
    case 'tls':
      return failure('ACME_CHALLENGE_TLS', values, cause);
    case 'other':
      return refused(problem, { ...asked, identifiers: [{ type: 'dns', value: identifier }] });
  }
}

function refused(problem: AcmeProblem, { server, identifiers }: Asked): OnePilotError {
  const identifier = identifiers.map(({ value }) => value).join(', ') || 'this VM';
  const values = { server: serverName(server), identifier, detail: problem.detail };
  const cause = { cause: problem };
  switch (problem.type) {
    case 'rateLimited': {
      const until = problem.retryAfter?.toISOString() ?? 'later';
      return failure('ACME_RATE_LIMITED', { ...values, until }, cause);
    }
    case 'caa':
      return failure('ACME_CAA', values, cause);
    case 'dns':
      return failure('ACME_DNS', values, cause);
    case 'rejectedIdentifier':
    case 'unsupportedIdentifier':
      return failure('ACME_IDENTIFIER_REFUSED', values, cause);
    case 'externalAccountRequired':
      return failure('ACME_BINDING_MISSING', values, cause);
    case 'userActionRequired':
      return failure('ACME_ACTION_REQUIRED', values, cause);
    case 'accountDoesNotExist':
    case 'unauthorized':
      return failure('ACME_ACCOUNT_REFUSED', values, cause);
    case 'invalidProfile':
      return failure('ACME_PROFILE_REFUSED', values, cause);
    case 'badNonce':
      return failure('ACME_SERVER_FAILED', values, cause);
  }
  if (problem.status === 429) return failure('ACME_RATE_LIMITED', { ...values, until: 'later' }, cause);
  const isServers = problem.type === 'serverInternal' || (problem.status ?? 0) >= 500;
  return failure(isServers ? 'ACME_SERVER_FAILED' : 'ACME_REFUSED', values, cause);
}

function unanswered(error: NoAnswer, asked: Asked): OnePilotError {
  const server = serverName(asked.server);
  const cause = { cause: error };
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN')
    return failure('ACME_SERVER_UNKNOWN', { server }, cause);
  const reason =
    reasons[error.code] ?? (error.code === '' ? error.message : `${error.code}: ${error.message}`);
  if (error.isDistrust) return failure('ACME_SERVER_NOT_TRUSTED', { server, reason }, cause);
  return failure('ACME_SERVER_UNREACHABLE', { server, reason }, cause);
}

/** Errors of sockets, and of TLS as OpenSSL names them (https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/). */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'no answer came within 30 seconds',
  SELF_SIGNED_CERT_IN_CHAIN: 'its CA is not one that this machine trusts',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it vouches for itself',
  UNABLE_TO_GET_ISSUER_CERT: 'its CA is not one that this machine trusts',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its CA is not one that this machine trusts',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its CA is not one that this machine trusts',
  CERT_HAS_EXPIRED: 'its certificate has expired, or the clock of this machine is wrong',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet, or the clock of this machine is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function serverName({ directory }: AcmeServer): string {
  return URL.canParse(directory) ? new URL(directory).host : directory;
}
