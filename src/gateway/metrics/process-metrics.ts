import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Family } from './exposition.ts';
import { counter, gauge, only } from './families.ts';

/** Milliseconds between two looks at the event loop: rare enough to cost nothing, and a stall is seen all the same. */
const resolution = 50;
/** Milliseconds after which an earlier stall is forgotten. */
const window = 60_000;

/** How this process is. */
export class ProcessMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution });
  #timer: NodeJS.Timeout | undefined;
  /** Nanoseconds, of the window before this one. */
  #earlier = 0;

  /** Watches the event loop until `stop`. */
  start(): void {
    this.#delay.enable();
    this.#timer = setInterval(() => {
      this.#earlier = this.#delay.max;
      this.#delay.reset();
    }, window).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }

  get families(): readonly Family[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, external } = process.memoryUsage();
    // Of the thread that streams; those of the ledger and of libuv are not in it.
    const { active } = performance.eventLoopUtilization();
    const stall = Math.max(this.#earlier, this.#delay.max) / 1e9 - resolution / 1000;
    return [
      gauge('process_resident_memory_bytes', 'Memory of the gateway', only(rss)),
      counter('process_cpu_seconds_total', 'Processor time of the gateway', only((user + system) / 1e6)),
      gauge(
        'process_start_time_seconds',
        'When the gateway started, in seconds since 1970',
        only(performance.timeOrigin / 1000),
      ),
      gauge('onepilot_heap_bytes', 'Memory that JavaScript uses', only(heapUsed)),
      gauge('onepilot_external_memory_bytes', 'Memory of buffers', only(external)),
      counter(
        'onepilot_event_loop_busy_seconds_total',
        'Time in which the event loop was not idle',
        only(active / 1000),
      ),
      gauge(
        'onepilot_event_loop_longest_lag_seconds',
        'The longest stall of the event loop in the last one to two minutes',
        only(Math.max(0, stall)),
      ),
    ];
  }
}
