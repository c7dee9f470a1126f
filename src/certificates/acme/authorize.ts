import type { Authorization, Client, Order } from 'acme-client';
import { failure } from '../../errors/catalogue.ts';
import { type ChallengeCause, causeOf } from './challenge-cause.ts';
import { type ChallengeFile, challengeFile, showChallenges } from './challenges.ts';
import type { ChallengeKind } from './pending-order.ts';
import { AcmeProblem } from './problem.ts';
import type { Transport } from './transport.ts';
import { readUntil } from './waiting.ts';
import { Identifier } from './wanted.ts';

/** Seconds for a CA to look at all challenges; public ones look from several places. */
const validatedWithin = 180;

/** A CA looked for the answer to a challenge and did not find it. */
export class ChallengeFailed extends Error {
  readonly identifier: string;
  readonly kind: ChallengeKind;
  readonly problem: AcmeProblem;

  constructor(identifier: string, kind: ChallengeKind, problem: AcmeProblem) {
    super(problem.message);
    this.name = 'ChallengeFailed';
    this.identifier = identifier;
    this.kind = kind;
    this.problem = problem;
  }

  get trouble(): ChallengeCause {
    return causeOf(this.problem);
  }

  /** Whether another kind of challenge, which goes to another port, may succeed. */
  get isOfThisKind(): boolean {
    return ['unreachable', 'elsewhere', 'tls'].includes(this.trouble);
  }
}

export interface AuthorizeOptions {
  readonly client: Client;
  readonly transport: Transport;
  /** Name of the server, for errors. */
  readonly serverName: string;
  /** Best first. */
  readonly kinds: readonly ChallengeKind[];
  /** Directory the gateway shows challenges from. */
  readonly challenges: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** An authorization and the challenge of it that is taken. */
interface Task {
  readonly authorization: Authorization;
  readonly challenge: Authorization['challenges'][number];
  readonly kind: ChallengeKind;
}

/**
 * Shows the CA that the identifiers of `order` are ours. Files of challenges stay there; the caller removes them.
 * @returns the kind of challenge that did it
 * @throws ChallengeFailed, ACME_CHALLENGE_NOT_OFFERED, ACME_TOO_SLOW; NoAnswer and AcmeProblem of the transport
 */
export async function authorize(order: Order, options: AuthorizeOptions): Promise<ChallengeKind | undefined> {
  const { client, transport, kinds, log, signal } = options;
  const read = (url: string) => readAuthorization(client, order, url, transport);
  const tasks: Task[] = [];
  for (const url of order.authorizations) tasks.push(chosen(await read(url), kinds, options.serverName));
  const open = tasks.filter(({ authorization }) => authorization.status === 'pending');
  const files: ChallengeFile[] = [];
  for (const { kind, authorization, challenge } of open) {
    const identifier = Identifier.parse(authorization.identifier);
    const answer = await client.getChallengeKeyAuthorization(challenge);
    files.push(await challengeFile(kind, identifier, challenge.token, answer));
  }
  await showChallenges(options.challenges, files);
  for (const { challenge, kind, authorization } of open) {
    // Of an order that is continued it may have been said already.
    if (challenge.status !== 'pending') continue;
    log(`The CA is asked to check ${authorization.identifier.value} by ${kind}.`);
    await transport.achieve(
      () => client.completeChallenge(challenge),
      async () => !isUntouched(await read(authorization.url), challenge.url),
    );
  }
  for (const { authorization, kind } of tasks) {
    const { status, challenges } = await readUntil(
      () => read(authorization.url),
      (found) => found.status !== 'pending',
      transport,
      validatedWithin,
      signal,
    );
    if (status === 'valid') continue;
    const { value } = authorization.identifier;
    if (status === 'pending')
      throw failure('ACME_TOO_SLOW', { server: options.serverName, seconds: validatedWithin });
    const error: unknown = challenges.find((one) => one.error !== undefined)?.error;
    throw new ChallengeFailed(value, kind, new AcmeProblem(error ?? { detail: `it is ${status}` }));
  }
  if (open.length > 0) log('The CA has found what it looked for.');
  return tasks[0]?.kind;
}

/** Whether the CA has not been told about the challenge. */
function isUntouched({ challenges }: Authorization, url: string): boolean {
  return challenges.some((challenge) => challenge.url === url && challenge.status === 'pending');
}

async function readAuthorization(client: Client, order: Order, url: string, transport: Transport) {
  const only = { ...order, authorizations: [url] };
  const [authorization] = await transport.repeat(() => client.getAuthorizations(only));
  if (!authorization) throw new Error('acme-client returned no authorization.');
  return authorization;
}

/** The best challenge among those offered; of an authorization that is not pending, the one that decided. */
function chosen(authorization: Authorization, kinds: readonly ChallengeKind[], server: string): Task {
  const { challenges, identifier, status } = authorization;
  const candidates = kinds.flatMap((kind) => {
    const challenge = challenges.find(({ type }: { readonly type: string }) => type === kind);
    return challenge ? [{ authorization, challenge, kind }] : [];
  });
  const decided = candidates.find(({ challenge }) => challenge.status !== 'pending');
  const task = decided ?? candidates[0];
  if (task) return task;
  const [challenge] = challenges;
  // One of an earlier order, by a kind that is not ours to choose any more.
  if (status === 'valid' && challenge) return { authorization, challenge, kind: kinds[0] ?? 'http-01' };
  throw failure('ACME_CHALLENGE_NOT_OFFERED', {
    server,
    identifier: identifier.value,
    offered: challenges.map(({ type }) => type).join(', ') || 'none',
    kinds: kinds.join(', '),
  });
}
