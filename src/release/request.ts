import type { Progress } from '../builder/progress.ts';
import type { Shell } from '../builder/shell.ts';
import type { BuildOptions } from '../builder/stage.ts';

/** What is to be released, and where to. */
export interface ReleaseRequest {
  readonly version: string;
  /** Profiles of the catalogue; the first is the one that certification boots. */
  readonly profiles: readonly string[];
  /** Counts the builds of one version, from 1. */
  readonly release: number;
  /** Base address from which people will fetch the files: https. */
  readonly url: string;
  /** Private key that signs the manifests. */
  readonly key: string;
  /** Of work that is not finished: to see that everything goes through. */
  readonly rehearsal: boolean;
  readonly email: string | undefined;
  /** A checkout of the marketplace's repository that gets the submission as well. */
  readonly into: string | undefined;
  readonly output: string;
  readonly build: Omit<BuildOptions, 'profile' | 'output' | 'contextualization'>;
  readonly signal: AbortSignal;
  /** Learns which log has the details of what goes on. */
  readonly onLog: (path: string) => void;
  /** Opens the log of everything but the builds, which have logs of their own. */
  readonly openTools: () => Promise<ReleaseTools>;
}

export interface ReleaseTools {
  readonly progress: Progress;
  readonly shell: Shell;
  /** Path of the log. */
  readonly log: string;
  close(): Promise<void>;
}
