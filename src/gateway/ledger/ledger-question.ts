import type { SQLOutputValue } from 'node:sqlite';
import type { UsageQuery, UsageRow } from './usage.ts';

/** Rows of one answer at most. */
export const mostRows = 10_000;

/** Adds up the days that `query` asks for; one row more than are told, so that it shows whether there are others. */
export function usageStatement({ key, groupBy }: UsageQuery): string {
  const dimensions = [...new Set(groupBy)].join(', ');
  const outcome = (name: string) =>
    `SUM(CASE WHEN outcome = '${name}' THEN requests ELSE 0 END) AS "${name}"`;
  return `
    SELECT ${dimensions}, SUM(requests) AS requests,
      ${['done', 'left', 'refused', 'failed'].map(outcome).join(', ')},
      SUM(prompt_tokens) AS promptTokens, SUM(cached_tokens) AS cachedTokens, SUM(answer_tokens) AS answerTokens,
      SUM(queued_ms) AS queuedMs, SUM(prompt_ms) AS promptMs, SUM(answer_ms) AS answerMs
    FROM days WHERE day BETWEEN :from AND :to ${key === undefined ? '' : 'AND key = :key'}
    GROUP BY ${dimensions} ORDER BY ${dimensions} LIMIT ${mostRows + 1}`;
}

export function usageRow(row: Record<string, SQLOutputValue>, { groupBy }: UsageQuery): UsageRow {
  return {
    ...Object.fromEntries(groupBy.map((dimension) => [dimension, String(row[dimension])])),
    requests: Number(row.requests),
    done: Number(row.done),
    left: Number(row.left),
    refused: Number(row.refused),
    failed: Number(row.failed),
    promptTokens: Number(row.promptTokens),
    cachedTokens: Number(row.cachedTokens),
    answerTokens: Number(row.answerTokens),
    queuedMs: Number(row.queuedMs),
    promptMs: Number(row.promptMs),
    answerMs: Number(row.answerMs),
  };
}
