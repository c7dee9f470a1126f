/**
 * Each takes the database one version further (`PRAGMA user_version`); what was once published is never changed.
 * `requests` has one row per request, `days` their sums, so that nobody's question walks through months of requests.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE requests (
    at INTEGER NOT NULL,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    model TEXT NOT NULL,
    destination TEXT NOT NULL,
    dialect TEXT NOT NULL,
    stream INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT,
    prompt_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    answer_tokens INTEGER NOT NULL,
    queued_ms INTEGER,
    first_token_ms INTEGER,
    prompt_ms INTEGER,
    answer_ms INTEGER,
    total_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX requests_at ON requests (at);

  CREATE TABLE days (
    day TEXT NOT NULL,
    key TEXT NOT NULL,
    model TEXT NOT NULL,
    destination TEXT NOT NULL,
    dialect TEXT NOT NULL,
    outcome TEXT NOT NULL,
    requests INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    answer_tokens INTEGER NOT NULL,
    queued_ms INTEGER NOT NULL,
    prompt_ms INTEGER NOT NULL,
    answer_ms INTEGER NOT NULL,
    PRIMARY KEY (day, key, model, destination, dialect, outcome)
  ) STRICT, WITHOUT ROWID;
  `,
];
