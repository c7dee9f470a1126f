import { request } from 'node:http';
import * as z from 'zod';
import { failure } from '../errors/catalogue.ts';
import { ModelRole } from '../models/image-facts.ts';
import type { Absence } from './absences.ts';
import { UsageReport } from './ledger/usage-report.ts';

/** A model that the engine does not have for longer (src/gateway/absences.ts). */
const Absences = z.object({
  absences: z.array(
    z.object({
      model: z.string(),
      roles: z.array(ModelRole),
      state: z.enum(['shed', 'failed']),
      code: z.string(),
      what: z.string(),
      fix: z.string(),
    }),
  ),
});

/** What the control socket answers to a hold. */
export const HoldAnswer = z.object({
  /** Whether no request is with the engine any more. */
  idle: z.boolean(),
  inFlight: z.int(),
});
export type HoldAnswer = z.infer<typeof HoldAnswer>;

const Refusal = z.object({ error: z.object({ code: z.string(), what: z.string(), fix: z.string() }) });

/** Milliseconds; Node under emulation takes a second to read and check a configuration. */
const deadline = 20_000;

/**
 * Makes the gateway take up its configuration, keys and certificate, without touching what is in flight.
 * @throws GATEWAY_RELOAD_REFUSED: the old ones stay. GATEWAY_CONTROL_UNREACHABLE
 */
export async function reloadGateway(socket: string): Promise<void> {
  const { status, body } = await order(socket, '/reload', deadline);
  if (status === 200) return;
  const refusal = Refusal.safeParse(body);
  if (!refusal.success) throw unreachable(socket, `it answered ${status}`);
  const { what, fix } = refusal.data.error;
  throw failure('GATEWAY_RELOAD_REFUSED', { reason: `${what} ${fix}` });
}

/**
 * Keeps new requests from the engine and waits until none is there any more, `seconds` at most. Ends with
 * `resumeRequests`, or by itself two minutes later. @throws GATEWAY_CONTROL_UNREACHABLE
 */
export async function holdRequests(socket: string, seconds: number): Promise<HoldAnswer> {
  const { status, body } = await order(socket, `/hold?seconds=${seconds}`, seconds * 1000 + deadline);
  const answer = HoldAnswer.safeParse(body);
  if (status !== 200 || !answer.success) throw unreachable(socket, `it answered ${status}`);
  return answer.data;
}

/** Lets requests through to the engine again. @throws GATEWAY_CONTROL_UNREACHABLE */
export async function resumeRequests(socket: string): Promise<void> {
  const { status } = await order(socket, '/resume', deadline);
  if (status !== 200) throw unreachable(socket, `it answered ${status}`);
}

/**
 * The models that the engine does not have, and why: where one is `failed` as MODEL_LOAD_FAILED, whoever can read
 * its file may know better (src/engine/diagnosis.ts). @throws GATEWAY_CONTROL_UNREACHABLE
 */
export async function askAbsences(socket: string): Promise<readonly Absence[]> {
  const { status, body } = await order(socket, '/absences', deadline, 'GET');
  const answer = Absences.safeParse(body);
  if (status !== 200 || !answer.success) throw unreachable(socket, `it answered ${status}`);
  return answer.data.absences;
}

/** How many requests the gateway is busy with. @throws GATEWAY_CONTROL_UNREACHABLE */
export async function askInFlight(socket: string): Promise<number> {
  const { status, body } = await order(socket, '/requests', deadline, 'GET');
  const answer = HoldAnswer.pick({ inFlight: true }).safeParse(body);
  if (status !== 200 || !answer.success) throw unreachable(socket, `it answered ${status}`);
  return answer.data.inFlight;
}

/**
 * What was used, of all keys or the one in `key`; `query` is as for `GET /v1/usage`.
 * @throws GATEWAY_USAGE_UNTOLD, GATEWAY_CONTROL_UNREACHABLE
 */
export async function askUsage(socket: string, query: URLSearchParams): Promise<UsageReport> {
  const { status, body } = await order(socket, `/usage?${query}`, deadline, 'GET');
  const report = UsageReport.safeParse(body);
  if (status === 200 && report.success) return report.data;
  const refusal = Refusal.safeParse(body);
  if (!refusal.success) throw unreachable(socket, `it answered ${status}`);
  throw failure('GATEWAY_USAGE_UNTOLD', { reason: refusal.data.error.what });
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function order(
  socketPath: string,
  path: string,
  milliseconds: number,
  method: 'GET' | 'POST' = 'POST',
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const signal = AbortSignal.timeout(milliseconds);
  const fail = (error: Error) => {
    const reason = signal.aborted ? `no answer within ${milliseconds / 1000} s` : error.message;
    reject(unreachable(socketPath, reason));
  };
  const outgoing = request({ socketPath, path, method, agent: false, signal }, async (response) => {
    try {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
  // Not `once`: an error may follow the answer, and nobody else listens.
  outgoing.on('error', fail);
  outgoing.end();
  return promise;
}

function unreachable(socket: string, reason: string) {
  return failure('GATEWAY_CONTROL_UNREACHABLE', { socket, reason });
}
