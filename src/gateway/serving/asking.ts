import type { FastifyReply } from 'fastify';
import type { ModelRole } from '../../models/image-facts.ts';
import { type Destination, local } from '../destinations/destination.ts';
import { localDestination } from '../destinations/local.ts';
import { isRetryable, type Route, type Routes } from '../destinations/routes.ts';
import type { Exchange } from '../dialects/dialect.ts';
import type { JsonObject } from '../json.ts';
import type { GatewayModel } from '../models.ts';
import type { AskingOptions } from '../relay/ask-engine.ts';
import { eventBytes } from '../upstreams/events.ts';
import { upstreamDestination } from '../upstreams/upstream.ts';
import { withAnswerLimit, withLowerLimit } from './answer-limit.ts';
import { requireFit } from './fit.ts';
import type { Meter } from './meter.ts';
import { type TurnOptions, takeTurn } from './turn.ts';

export type AskInTurnOptions = AskingOptions & TurnOptions;

/** What is asked, by whom. */
export interface Question {
  readonly id: string;
  /** The name of the key. */
  readonly key: string;
  /** The address it comes from. */
  readonly source: string;
  /** The conversation it belongs to. */
  readonly session: string;
  readonly role: ModelRole;
  readonly exchange: Exchange;
  /** Bytes of the request's body; undefined where nobody said. */
  readonly size: number | undefined;
  /** Tokens that the admin allows an answer. */
  readonly mostTokens: number | undefined;
}

/** One question on its way to whoever answers it. */
export class Asking {
  readonly #question: Question;
  readonly #meter: Meter;
  readonly #options: AskInTurnOptions;
  #release: (wasWhole: boolean) => void = () => {};

  constructor(question: Question, meter: Meter, options: AskInTurnOptions) {
    this.#question = question;
    this.#meter = meter;
    this.#options = options;
  }

  /**
   * The answer's stream, from the first of `routes` that can answer; waits for its turn with the engine. Throws the
   * fault of the last one asked.
   */
  async open(routes: Routes, reply: FastifyReply, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const [first, next, ...rest] = routes;
    if (!next) {
      tellWhere(reply, first);
      return this.#ask(first, signal);
    }
    try {
      const body = await this.#ask(first, signal);
      tellWhere(reply, first);
      return body;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      return this.open([next, ...rest], reply, signal);
    }
  }

  /** To be called when nothing of the answer is wanted any more. @param wasWhole see Turn */
  end(wasWhole: boolean): void {
    this.#release(wasWhole);
    this.#release = () => {};
  }

  async #ask(route: Route, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const { exchange } = this.#question;
    const destination = this.#destinationOf(route);
    this.#meter.goesTo(destination);
    if (exchange.onlyLoads && route.to === 'upstream') {
      this.#meter.begin();
      return silence();
    }
    const body = await this.#limited(route, signal);
    const place = route.to === 'local' ? await this.#takeTurn(route.model, signal) : this.#askElsewhere();
    try {
      return (await destination.ask(exchange.path, { ...body, ...place }, signal)).body;
    } catch (error) {
      this.end(false);
      throw error;
    }
  }

  #destinationOf(route: Route): Destination {
    return route.to === 'local'
      ? localDestination(route.model.id, this.#options)
      : upstreamDestination(route.model, route.link);
  }

  async #limited({ to, model }: Route, signal: AbortSignal) {
    const { exchange, size, mostTokens: most } = this.#question;
    if (to === 'upstream') return withLowerLimit(exchange.body, most);
    const prompt = await requireFit(exchange, model, size, signal, this.#options);
    return withAnswerLimit(exchange, { contextSize: model.contextSize, prompt, most });
  }

  #askElsewhere(): JsonObject {
    this.#meter.begin();
    return {};
  }

  /** @returns which slot the engine is to take */
  async #takeTurn({ id: model, slots = 1 }: GatewayModel, signal: AbortSignal): Promise<JsonObject> {
    const { id, key, source, session, role, exchange } = this.#question;
    const replaces = exchange.path === '/infill';
    const wish = { id, key, source, replaces, session, role, model, slots };
    const { slot, release } = await takeTurn(wish, this.#meter, signal, this.#options);
    this.#release = release;
    return slots > 1 && slot !== undefined ? { id_slot: slot } : {};
  }
}

/** An answer of llama-server's kind without words. */
async function* silence(): AsyncGenerator<Buffer> {
  yield eventBytes({ content: '', stop: true });
}

/** As long as no header has gone out: who streams may have to begin before it is known. */
function tellWhere(reply: FastifyReply, route: Route): void {
  if (reply.raw.headersSent) return;
  reply.header('x-onepilot-served-by', route.to === 'local' ? local : route.link.upstream);
}
