CREATE SCHEMA IF NOT EXISTS schemaguard;

CREATE TABLE IF NOT EXISTS schemaguard.journal (
    version integer NOT NULL
);

CREATE TABLE IF NOT EXISTS schemaguard.release (
    name text PRIMARY KEY,
    digest text NOT NULL,
    -- JSON, kept as it was written: its digest counts.
    plan text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

CREATE TABLE IF NOT EXISTS schemaguard.step (
    release text NOT NULL REFERENCES schemaguard.release,
    id text NOT NULL,
    phase text NOT NULL,
    position integer NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'found', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    lock_tries integer NOT NULL DEFAULT 0,
    lock_wait_ms integer NOT NULL DEFAULT 0,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    error text,
    PRIMARY KEY (release, id)
);

CREATE TABLE IF NOT EXISTS schemaguard.backfill (
    release text NOT NULL,
    step text NOT NULL,
    expression text NOT NULL,
    mark jsonb,
    seen bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    batch integer NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (release, step)
);

CREATE TABLE IF NOT EXISTS schemaguard.deployment (
    version text PRIMARY KEY,
    application_name text NOT NULL,
    knows text[] NOT NULL DEFAULT '{}',
    deployed_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);

INSERT INTO schemaguard.journal (version)
SELECT 1 WHERE NOT EXISTS (SELECT FROM schemaguard.journal);
