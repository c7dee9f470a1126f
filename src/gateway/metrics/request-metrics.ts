import type { Accountant, Served } from '../accounts/served.ts';
import { Counter } from './counter.ts';
import type { Family } from './exposition.ts';
import { Histogram } from './histogram.ts';

/** Seconds: a full queue of long prompts on few CPUs takes the better part of an hour. */
const waits = [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 2400];
/** Seconds: from an answer that a cache had to an agent's on a small machine. */
const durations = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1200, 2400, 4800];
/** Seconds for each token of an answer. */
const tokenTimes = [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is counted of requests for models when they are over. Keys are told apart in one counter alone: they are many. */
export class RequestMetrics {
  readonly #requests = new Counter(
    'onepilot_requests_total',
    'Requests for a model that are over, by how they ended',
    ['dialect', 'model', 'destination', 'outcome'],
  );
  readonly #refusals = new Counter(
    'onepilot_request_errors_total',
    'Requests for a model that ended in an error, by its code',
    ['code'],
  );
  readonly #tokens = new Counter(
    'onepilot_tokens_total',
    'Tokens of prompts, those of them that a cache had, and tokens of answers',
    ['model', 'destination', 'kind'],
  );
  readonly #keyTokens = new Counter(
    'onepilot_key_tokens_total',
    'Tokens of prompts and answers by the name of the key',
    ['key', 'kind'],
  );
  readonly #wait = new Histogram(
    'onepilot_queue_wait_seconds',
    'Time from a request to its turn',
    ['model'],
    waits,
  );
  readonly #firstToken = new Histogram(
    'onepilot_time_to_first_token_seconds',
    'Time from a request to the first part of its answer, waiting included',
    ['model', 'destination'],
    durations,
  );
  readonly #perToken = new Histogram(
    'onepilot_inter_token_seconds',
    'Mean time between the tokens of an answer',
    ['model', 'destination'],
    tokenTimes,
  );
  readonly #duration = new Histogram(
    'onepilot_request_duration_seconds',
    'Time from a request to the end of its answer',
    ['dialect', 'model', 'outcome'],
    durations,
  );

  readonly account: Accountant = (served) => {
    const { dialect, model, destination, outcome, code, key, tokens, ms } = served;
    this.#requests.add({ dialect, model, destination, outcome });
    if (code !== undefined) this.#refusals.add({ code });
    for (const kind of ['prompt', 'cached', 'answer'] as const) {
      if (tokens[kind] > 0) this.#tokens.add({ model, destination, kind }, tokens[kind]);
      if (tokens[kind] > 0 && kind !== 'cached') this.#keyTokens.add({ key, kind }, tokens[kind]);
    }
    if (ms.queued !== undefined) this.#wait.observe({ model }, ms.queued / 1000);
    if (ms.firstToken !== undefined) {
      this.#firstToken.observe({ model, destination }, ((ms.queued ?? 0) + ms.firstToken) / 1000);
    }
    const perToken = millisecondsPerToken(served);
    if (perToken !== undefined) this.#perToken.observe({ model, destination }, perToken / 1000);
    this.#duration.observe({ dialect, model, outcome }, ms.total / 1000);
  };

  get families(): readonly Family[] {
    return [
      this.#requests.family,
      this.#refusals.family,
      this.#tokens.family,
      this.#keyTokens.family,
      this.#wait.family,
      this.#firstToken.family,
      this.#perToken.family,
      this.#duration.family,
    ];
  }
}

/** As the engine measured it, or from the first token to the end; `undefined` for an answer of one token. */
function millisecondsPerToken({ tokens, ms }: Served): number | undefined {
  if (tokens.answer < 2) return undefined;
  if (ms.answer !== undefined) return ms.answer / tokens.answer;
  if (ms.firstToken === undefined) return undefined;
  return (ms.total - (ms.queued ?? 0) - ms.firstToken) / (tokens.answer - 1);
}
