import type { Outcome, Served, Timings, Tokens } from '../accounts/served.ts';
import { type Destination, local } from '../destinations/destination.ts';
import { done, type EngineEvent } from '../engine-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

/** What is known of a request from its beginning. */
export type Request = Pick<Served, 'id' | 'key' | 'dialect' | 'stream' | 'model'>;

/** Measures one request for a model, from its arrival to its end. Sees numbers, keeps no text. */
export class Meter {
  readonly #request: Request;
  readonly #arrivedAt = Date.now();
  readonly #arrived = performance.now();
  #begun: number | undefined;
  #firstToken: number | undefined;
  /** Parts of the answer: about as many as tokens, for those that end before the engine counts. */
  #parts = 0;
  #prompt = 0;
  #cached = 0;
  #answer: number | undefined;
  #promptTime: number | undefined;
  #answerTime: number | undefined;
  #destination: Pick<Served, 'destination' | 'model'> | undefined;

  constructor(request: Request) {
    this.#request = request;
  }

  /** Where the request goes; of several, the last one counts. */
  goesTo({ name, model }: Pick<Destination, 'name' | 'model'>): void {
    this.#destination = { destination: name, model };
  }

  /** It is the request's turn; of several turns the first counts. */
  begin(): void {
    this.#begun ??= performance.now();
  }

  /** Tokens of an answer that is no stream. */
  add({ prompt, cached, answer }: Tokens): void {
    this.#prompt += prompt;
    this.#cached += cached;
    this.#answer = (this.#answer ?? 0) + answer;
  }

  /**
   * Reads what an event says of tokens and times: the engine's `prompt_progress` and `timings` (llama.cpp v0.5.0,
   * tools/server/server-task.cpp), OpenAI's `usage`.
   * @returns whether it is a part of the answer, for the client to see.
   */
  see(event: EngineEvent): boolean {
    if (event === done) return true;
    const { prompt_progress: progress, timings, usage } = event;
    if (isJsonObject(progress)) {
      this.#prompt = numberOr(progress.total, this.#prompt);
      this.#cached = numberOr(progress.cache, this.#cached);
      return false;
    }
    this.#parts += 1;
    this.#firstToken ??= performance.now();
    if (isJsonObject(usage)) this.#useUsage(usage);
    if (isJsonObject(timings)) this.#useTimings(timings);
    return true;
  }

  /** The account of the request, now that it is over. */
  served(outcome: Outcome, code?: string): Served {
    const { id, key, dialect, stream, model } = this.#request;
    return {
      id,
      at: this.#arrivedAt,
      key,
      model,
      destination: local,
      ...this.#destination,
      dialect,
      stream,
      tokens: { prompt: this.#prompt, cached: this.#cached, answer: this.#answer ?? this.#parts },
      ms: this.#times(),
      outcome,
      ...(code !== undefined && { code }),
    };
  }

  #times(): Timings {
    const now = performance.now();
    const begun = this.#begun;
    return {
      ...(begun !== undefined && { queued: begun - this.#arrived }),
      ...(begun !== undefined && this.#firstToken !== undefined && { firstToken: this.#firstToken - begun }),
      ...(this.#promptTime !== undefined && { prompt: this.#promptTime }),
      ...(this.#answerTime !== undefined && { answer: this.#answerTime }),
      total: now - this.#arrived,
    };
  }

  #useUsage({ prompt_tokens, completion_tokens, prompt_tokens_details: details }: JsonObject): void {
    this.#prompt = numberOr(prompt_tokens, this.#prompt);
    this.#answer = numberOr(completion_tokens, this.#answer ?? 0);
    if (isJsonObject(details)) this.#cached = numberOr(details.cached_tokens, this.#cached);
  }

  #useTimings({ cache_n, prompt_n, prompt_ms, predicted_n, predicted_ms }: JsonObject): void {
    this.#cached = numberOr(cache_n, this.#cached);
    this.#prompt = this.#cached + numberOr(prompt_n, this.#prompt - this.#cached);
    this.#answer = numberOr(predicted_n, this.#answer ?? 0);
    this.#promptTime = numberOr(prompt_ms, 0);
    this.#answerTime = numberOr(predicted_ms, 0);
  }
}

function numberOr(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === 'number' && value >= 0 ? value : otherwise;
}
