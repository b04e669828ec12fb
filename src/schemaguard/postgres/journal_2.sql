ALTER TABLE schemaguard.release ADD COLUMN undone_at timestamptz;

-- To look at the release again for each step would cost more than it tells.
ALTER TABLE schemaguard.step DROP CONSTRAINT step_release_fkey;
ALTER TABLE schemaguard.step DROP CONSTRAINT step_state_check;
ALTER TABLE schemaguard.step ADD CONSTRAINT step_state_check
    CHECK (state IN ('running', 'done', 'found', 'failed', 'undone'));

-- What the other tables do not keep: failed attempts, requests, what was taken back, other plans.
CREATE TABLE schemaguard.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by text NOT NULL DEFAULT session_user,
    kind text NOT NULL CHECK (kind IN ('failed', 'paused', 'resumed', 'aborted', 'undone', 'replanned')),
    release text,
    step text,
    message text NOT NULL DEFAULT ''
);

-- What the one runner is asked to do: one row at most.
CREATE TABLE schemaguard.request (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    wish text NOT NULL CHECK (wish IN ('pause', 'abort')),
    by text NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

UPDATE schemaguard.journal SET version = 2;
