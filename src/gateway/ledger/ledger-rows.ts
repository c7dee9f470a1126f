import type { Served } from '../accounts/served.ts';
import { dayOf } from './day.ts';

/** One row for `requestRow`. */
export const insertRequest = `
  INSERT INTO requests VALUES (
    :at, :id, :key, :model, :destination, :dialect, :stream, :outcome, :code,
    :promptTokens, :cachedTokens, :answerTokens, :queuedMs, :firstTokenMs, :promptMs, :answerMs, :totalMs)`;

/** Adds one of `daySums` to those of its day. */
export const addToDay = `
  INSERT INTO days VALUES (
    :day, :key, :model, :destination, :dialect, :outcome, :requests,
    :promptTokens, :cachedTokens, :answerTokens, :queuedMs, :promptMs, :answerMs)
  ON CONFLICT DO UPDATE SET
    requests = requests + excluded.requests,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    cached_tokens = cached_tokens + excluded.cached_tokens,
    answer_tokens = answer_tokens + excluded.answer_tokens,
    queued_ms = queued_ms + excluded.queued_ms,
    prompt_ms = prompt_ms + excluded.prompt_ms,
    answer_ms = answer_ms + excluded.answer_ms`;

export function requestRow(served: Served) {
  const { id, at, stream, code, ms } = served;
  return {
    ...sharedColumns(served),
    at: whole(at),
    id,
    stream: stream ? 1 : 0,
    code: code ?? null,
    queuedMs: wholeOrNull(ms.queued),
    firstTokenMs: wholeOrNull(ms.firstToken),
    promptMs: wholeOrNull(ms.prompt),
    answerMs: wholeOrNull(ms.answer),
    totalMs: whole(ms.total),
  };
}

/** What is added to the days: the requests that count together as one row, since each row written costs time. */
export function daySums(served: readonly Served[]): readonly DayRow[] {
  const sums = new Map<string, DayRow>();
  for (const row of served.map(dayRow)) {
    const { day, key, model, destination, dialect, outcome } = row;
    const group = JSON.stringify([day, key, model, destination, dialect, outcome]);
    const sum = sums.get(group);
    if (sum) addRow(sum, row);
    else sums.set(group, row);
  }
  return [...sums.values()];
}

type DayRow = ReturnType<typeof dayRow>;

function addRow(sum: DayRow, row: DayRow): void {
  sum.requests += row.requests;
  sum.promptTokens += row.promptTokens;
  sum.cachedTokens += row.cachedTokens;
  sum.answerTokens += row.answerTokens;
  sum.queuedMs += row.queuedMs;
  sum.promptMs += row.promptMs;
  sum.answerMs += row.answerMs;
}

function dayRow(served: Served) {
  const { at, ms } = served;
  return {
    ...sharedColumns(served),
    day: dayOf(at),
    requests: 1,
    queuedMs: whole(ms.queued ?? 0),
    promptMs: whole(ms.prompt ?? 0),
    answerMs: whole(ms.answer ?? 0),
  };
}

function sharedColumns({ key, model, destination, dialect, outcome, tokens }: Served) {
  return {
    key,
    model,
    destination,
    dialect,
    outcome,
    promptTokens: whole(tokens.prompt),
    cachedTokens: whole(tokens.cached),
    answerTokens: whole(tokens.answer),
  };
}

/** Counts come from engines and upstreams: what is no number must not cost the whole batch. */
function whole(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0;
}

function wholeOrNull(value: number | undefined): number | null {
  return value === undefined ? null : whole(value);
}
