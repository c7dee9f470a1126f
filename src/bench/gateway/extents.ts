import { type ContestantName, contestantNames } from './contestants.ts';

/** How much is measured. Requests, rounds and seconds are those of each contestant. */
export interface Extent {
  readonly starts: number;
  readonly rateRounds: number;
  readonly rateSeconds: number;
  readonly latencyRounds: number;
  readonly sequentialRequests: number;
  /** Of the fake engine; at once. */
  readonly concurrentRequests: number;
  /** Of the real one; at once. */
  readonly engineRequests: number;
  readonly pacedRounds: number;
  readonly memoryRequests: number;
  readonly soakBursts: number;
  readonly streamRounds: number;
  readonly streamTokens: number;
  /** Who streams the large model beside the engine itself: that takes minutes each. */
  readonly streamed: readonly ContestantName[];
}

export const extents = {
  full: {
    starts: 5,
    rateRounds: 8,
    rateSeconds: 2,
    latencyRounds: 8,
    sequentialRequests: 200,
    concurrentRequests: 800,
    engineRequests: 320,
    pacedRounds: 4,
    memoryRequests: 100_000,
    soakBursts: 30,
    streamRounds: 4,
    streamTokens: 400,
    streamed: contestantNames,
  },
  quick: {
    starts: 3,
    rateRounds: 4,
    rateSeconds: 1,
    latencyRounds: 4,
    sequentialRequests: 100,
    concurrentRequests: 800,
    engineRequests: 320,
    pacedRounds: 2,
    memoryRequests: 100_000,
    soakBursts: 10,
    streamRounds: 2,
    streamTokens: 100,
    streamed: ['onepilot'],
  },
} as const satisfies Record<string, Extent>;
