import type { Accountant } from '../accounts/served.ts';
import type { Family } from './exposition.ts';
import { ProcessMetrics } from './process-metrics.ts';
import { RequestMetrics } from './request-metrics.ts';
import type { MetricsSources } from './sources.ts';
import { stateFamilies } from './state-families.ts';

/** Everything that `GET /metrics` tells. */
export class GatewayMetrics {
  readonly #sources: MetricsSources;
  readonly #requests = new RequestMetrics();
  readonly #process = new ProcessMetrics();

  constructor(sources: MetricsSources) {
    this.#sources = sources;
  }

  get account(): Accountant {
    return this.#requests.account;
  }

  get families(): readonly Family[] {
    return [...this.#requests.families, ...stateFamilies(this.#sources), ...this.#process.families];
  }

  start(): void {
    this.#process.start();
  }

  stop(): void {
    this.#process.stop();
  }
}
