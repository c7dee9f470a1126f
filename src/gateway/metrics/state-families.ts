import type { Residence } from '../keeping/residence.ts';
import type { Family } from './exposition.ts';
import { counter, gauge, only, sample } from './families.ts';
import { breakerStates, type MetricsSources } from './sources.ts';

const residences: readonly Residence['kind'][] = [
  'unknown',
  'loading',
  'loaded',
  'down',
  'leaving',
  'shed',
  'failed',
];

/** What is so at this moment, as `sources` tell it. */
export function stateFamilies(sources: MetricsSources): readonly Family[] {
  const { inFlight, queue, models, breakers, certificateExpiries, plainCounts, ledger } = sources;
  const queues = queue?.() ?? [];
  const residents = models?.() ?? [];
  const kept = ledger?.();
  return [
    gauge('onepilot_requests_in_flight', 'Requests that are with the engine', only(inFlight?.())),
    gauge(
      'onepilot_queue_depth',
      'Requests that wait for their turn',
      queues.map(({ model, waiting }) => sample(waiting, { model })),
    ),
    gauge(
      'onepilot_requests_running',
      'Requests whose turn it is',
      queues.map(({ model, running }) => sample(running, { model })),
    ),
    gauge(
      'onepilot_slots',
      'Requests that a model works on at a time',
      queues.map(({ model, slots }) => sample(slots, { model })),
    ),
    gauge(
      'onepilot_engine_up',
      'Whether the engine has any model loaded',
      only(models && Number(residents.some(({ residence }) => residence === 'loaded'))),
    ),
    gauge(
      'onepilot_model_state',
      'Where a model is in its life in the engine: 1 for its state, 0 for the others',
      residents.flatMap(({ model, residence }) =>
        residences.map((state) => sample(Number(state === residence), { model, state })),
      ),
    ),
    gauge(
      'onepilot_upstream_breaker_state',
      'Whether requests are let through to an upstream: 1 for its state, 0 for the others',
      (breakers?.() ?? []).flatMap(({ upstream, state: is }) =>
        breakerStates.map((state) => sample(Number(state === is), { upstream, state })),
      ),
    ),
    gauge(
      'onepilot_certificate_expiry_timestamp_seconds',
      "When a certificate that is served ends, in seconds since 1970: the own CA's, and the one that others trust",
      (certificateExpiries?.() ?? []).map(({ certificate, at }) => sample(at / 1000, { certificate })),
    ),
    counter(
      'onepilot_plain_http_requests_total',
      'Requests over plain HTTP, by what was done with them',
      (plainCounts?.() ?? []).map(({ outcome, count }) => sample(count, { outcome })),
    ),
    counter('onepilot_ledger_rows_written_total', 'Requests written to the ledger', only(kept?.written)),
    counter('onepilot_ledger_rows_dropped_total', 'Requests that the ledger lost', only(kept?.dropped)),
    counter(
      'onepilot_ledger_failures_total',
      'Batches that the ledger could not write',
      only(kept?.failures),
    ),
    counter(
      'onepilot_ledger_moved_aside_total',
      'Files of the ledger that were moved aside: damaged, or of a later version',
      only(kept?.movedAside),
    ),
    gauge(
      'onepilot_ledger_rows_waiting',
      'Requests that wait to be written to the ledger',
      only(kept?.waiting),
    ),
  ];
}
