import { shownBytes } from '../engine/sizing/explain.ts';
import { mebibyte } from '../engine/sizing/memory.ts';
import type { FetchProgress } from './record.ts';

/**
 * How far a file is: `1.20 GiB of 2.55 GiB, 47 %, 23.1 MiB/s, 1 min left`. Pure.
 * @param waiting What one waits for that has not begun.
 */
export function fetchText(progress: FetchProgress, waiting = 'waiting for its turn'): string {
  switch (progress.state) {
    case 'waiting':
      return waiting;
    case 'downloading': {
      const { received, size, rate } = progress;
      const parts = [
        size === undefined ? `${shownBytes(received)} fetched` : share(received, size),
        ...(rate === undefined ? [] : [`${(rate / mebibyte).toFixed(1)} MiB/s`]),
        ...(size === undefined || !rate ? [] : [`${duration((size - received) / rate)} left`]),
      ];
      return parts.join(', ');
    }
    case 'retrying':
      return `${progress.reason}; attempt ${progress.attempt + 1} follows at ${progress.retryAt}`;
    case 'verifying':
      return `checking, ${share(progress.received, progress.size)}`;
    case 'done':
      return 'done';
    case 'failed':
      return progress.what;
  }
}

function share(received: number, size: number): string {
  return `${shownBytes(received)} of ${shownBytes(size)}, ${percent(received, size)} %`;
}

/** A whole number; 100 only for what is whole. */
export function percent(received: number, size: number): number {
  return size > 0 ? Math.floor((received / size) * 100) : 100;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
