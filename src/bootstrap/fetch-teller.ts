import type { Fetching } from '../models/progress.ts';
import type { FetchProgress } from '../models/record.ts';
import { writeIfDifferent } from './files.ts';

/** What the step tells of itself. */
export interface FetchTelling {
  /** A line on the consoles and in the journal. */
  readonly progress: (line: string) => Promise<void>;
  readonly now: () => Date;
}

/** Keeps `models.json`, and tells people of the larger steps. */
export class FetchTeller {
  readonly #path: string;
  readonly #gid: number;
  readonly #telling: FetchTelling;
  #fetching: Fetching;
  /** Tenths of the file that people have been told of. */
  #told = new Map<number, number>();
  #writing: Promise<void> = Promise.resolve();

  /** @param file `models.json`, and the group that may read it. @param fetching How things stand at the beginning. */
  constructor(
    { path, gid }: { readonly path: string; readonly gid: number },
    fetching: Fetching,
    telling: FetchTelling,
  ) {
    this.#path = path;
    this.#gid = gid;
    this.#telling = telling;
    this.#fetching = fetching;
  }

  tell(index: number, progress: FetchProgress): void {
    const isFailed = progress.state === 'failed';
    const failedAt = isFailed ? { failedAt: this.#telling.now().toISOString() } : {};
    const files = this.#fetching.files.map((file, at) =>
      at === index ? { ...file, progress, ...failedAt } : file,
    );
    this.#fetching = { ...this.#fetching, files };
    this.#writing = this.#writing.then(() => this.publish()).catch(() => {});
    const line = this.#news(index, progress);
    const id = files[index]?.id ?? '';
    if (line !== undefined)
      this.#writing = this.#writing.then(() => this.#telling.progress(`${id}: ${line}`));
  }

  async publish(): Promise<void> {
    const content = `${JSON.stringify(this.#fetching)}\n`;
    const file = { mode: 0o640, uid: 0, gid: this.#gid, readBy: [] } as const;
    await writeIfDifferent({ ...file, path: this.#path, content });
  }

  /** Once all that was told is written. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async ended(): Promise<void> {
    await this.#writing;
    this.#fetching = { ...this.#fetching, endedAt: this.#telling.now().toISOString() };
    await this.publish();
  }

  #news(index: number, progress: FetchProgress): string | undefined {
    switch (progress.state) {
      case 'downloading': {
        const { received, size } = progress;
        const tenth = size ? Math.floor((10 * received) / size) : 0;
        if (tenth <= (this.#told.get(index) ?? -1)) return undefined;
        this.#told.set(index, tenth);
        return size ? `${10 * tenth} % of ${(size / 1e9).toFixed(1)} GB fetched` : 'being fetched';
      }
      case 'retrying':
        return `${progress.reason}; tried again at ${progress.retryAt}`;
      case 'done':
        return 'here, and what it should be';
      case 'failed':
        return progress.what;
      default:
        return undefined;
    }
  }
}
