import type { FetchProgress } from './record.ts';

/** How far a model is, for a line of progress. */
export function fetchText(progress: FetchProgress): string {
  switch (progress.state) {
    case 'waiting':
      return 'waiting for its turn';
    case 'downloading': {
      const { received, size, rate } = progress;
      const whole = size === undefined ? '' : ` of ${megabytes(size)}`;
      const speed = rate === undefined ? '' : `, ${megabytes(rate)}/s`;
      return `fetched ${megabytes(received)}${whole}${speed}`;
    }
    case 'retrying':
      return `${progress.reason}; again at ${progress.retryAt}`;
    case 'verifying':
      return `hashed ${megabytes(progress.received)} of ${megabytes(progress.size)}`;
    case 'done':
      return 'here';
    case 'failed':
      return progress.what;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}
