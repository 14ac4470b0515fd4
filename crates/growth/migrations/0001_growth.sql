-- Client expansion. Instants are microseconds since 1970-01-01T00:00Z, dates ISO 8601 text, money decimal text
-- with its currency beside it, documents JSON text. Snapshots, their clients and assessments are never changed:
-- the program has no statement that would.

CREATE TABLE growth_policy (
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    note TEXT NOT NULL,
    -- NULL for the policies that ship with the product.
    created_at BIGINT,
    created_by TEXT,
    PRIMARY KEY (name, version)
);

-- One row at most: without it the shipped default is active.
CREATE TABLE growth_active_policy (
    only_one BIGINT PRIMARY KEY CHECK (only_one = 1),
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    activated_at BIGINT NOT NULL,
    activated_by TEXT NOT NULL,
    FOREIGN KEY (name, version) REFERENCES growth_policy (name, version)
);

CREATE TABLE growth_settings (
    only_one BIGINT PRIMARY KEY CHECK (only_one = 1),
    content TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by TEXT NOT NULL
);

CREATE TABLE growth_snapshot (
    id TEXT PRIMARY KEY,
    -- Order of arrival: of two snapshots of one day the later one counts.
    sequence BIGINT NOT NULL UNIQUE,
    -- Digest of everything that made it: the same import again is this snapshot.
    fingerprint TEXT NOT NULL UNIQUE,
    content_sha256 TEXT NOT NULL,
    source TEXT NOT NULL,
    profile TEXT,
    simulated BOOLEAN NOT NULL,
    as_of TEXT NOT NULL,
    currency TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    imported_by TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    client_count BIGINT NOT NULL,
    rejected_row_count BIGINT NOT NULL,
    notice_count BIGINT NOT NULL,
    columns TEXT NOT NULL
);
CREATE INDEX growth_snapshot_as_of ON growth_snapshot (as_of, sequence);

CREATE TABLE growth_snapshot_client (
    snapshot_id TEXT NOT NULL REFERENCES growth_snapshot (id),
    place BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    metrics TEXT NOT NULL,
    PRIMARY KEY (snapshot_id, place)
);
CREATE INDEX growth_snapshot_client_client ON growth_snapshot_client (client_id, snapshot_id);

CREATE TABLE growth_import_remark (
    snapshot_id TEXT NOT NULL REFERENCES growth_snapshot (id),
    place BIGINT NOT NULL,
    rejected BOOLEAN NOT NULL,
    row_no BIGINT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (snapshot_id, place)
);

-- The prediction ledger: one run is one policy's view of one snapshot.
CREATE TABLE growth_assessment_run (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    snapshot_id TEXT NOT NULL REFERENCES growth_snapshot (id),
    policy_name TEXT NOT NULL,
    policy_version BIGINT NOT NULL,
    assessed_at BIGINT NOT NULL,
    assessed_by TEXT NOT NULL,
    UNIQUE (snapshot_id, policy_name, policy_version),
    FOREIGN KEY (policy_name, policy_version) REFERENCES growth_policy (name, version)
);

CREATE TABLE growth_assessment (
    run_id TEXT NOT NULL REFERENCES growth_assessment_run (id),
    client_id TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    level TEXT NOT NULL,
    tier TEXT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    potential_arr TEXT NOT NULL,
    close_days BIGINT NOT NULL,
    priority DOUBLE PRECISION NOT NULL,
    coverage DOUBLE PRECISION NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (client_id, run_id)
);
CREATE INDEX growth_assessment_of_run ON growth_assessment (run_id);

CREATE TABLE growth_outcome (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    occurred_on TEXT NOT NULL,
    won BOOLEAN NOT NULL,
    arr TEXT NOT NULL,
    currency TEXT NOT NULL,
    vehicle TEXT,
    note TEXT NOT NULL,
    -- The prediction in force on that day, if there was one.
    run_id TEXT REFERENCES growth_assessment_run (id),
    predicted_probability DOUBLE PRECISION,
    predicted_tier TEXT,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT NOT NULL,
    -- A mistake is withdrawn, not erased.
    withdrawn_at BIGINT,
    withdrawn_by TEXT
);
CREATE INDEX growth_outcome_client ON growth_outcome (client_id, occurred_on);
CREATE INDEX growth_outcome_day ON growth_outcome (occurred_on);

CREATE TABLE growth_owner (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    weekly_hours DOUBLE PRECISION NOT NULL,
    active BOOLEAN NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by TEXT NOT NULL
);

CREATE TABLE growth_plan (
    id TEXT PRIMARY KEY,
    -- The plan with the highest number is the current one.
    sequence BIGINT NOT NULL UNIQUE,
    snapshot_id TEXT NOT NULL REFERENCES growth_snapshot (id),
    policy_name TEXT NOT NULL,
    policy_version BIGINT NOT NULL,
    starts_on TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);

CREATE TABLE growth_action (
    id TEXT PRIMARY KEY,
    -- The plan it belongs to now: work that was begun moves on with the next plan.
    plan_id TEXT NOT NULL REFERENCES growth_plan (id),
    client_id TEXT NOT NULL,
    client_name TEXT NOT NULL,
    owner_id TEXT NOT NULL REFERENCES growth_owner (id),
    kind TEXT NOT NULL,
    due_on TEXT NOT NULL,
    effort_hours DOUBLE PRECISION NOT NULL,
    status TEXT NOT NULL,
    status_since BIGINT NOT NULL,
    done_on TEXT,
    note TEXT NOT NULL
);
CREATE INDEX growth_action_plan ON growth_action (plan_id, due_on);
CREATE INDEX growth_action_client ON growth_action (client_id);

CREATE TABLE growth_action_change (
    id TEXT PRIMARY KEY,
    action_id TEXT NOT NULL REFERENCES growth_action (id),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    status TEXT NOT NULL,
    sentence TEXT NOT NULL
);
CREATE INDEX growth_action_change_action ON growth_action_change (action_id, id);

CREATE TABLE growth_proposition (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    snapshot_id TEXT NOT NULL REFERENCES growth_snapshot (id),
    status TEXT NOT NULL,
    latest_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    sent_at BIGINT,
    sent_by TEXT,
    sent_version BIGINT,
    sent_to TEXT
);
CREATE INDEX growth_proposition_client ON growth_proposition (client_id, id);

CREATE TABLE growth_proposition_version (
    proposition_id TEXT NOT NULL REFERENCES growth_proposition (id),
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    edited BOOLEAN NOT NULL,
    written_at BIGINT NOT NULL,
    written_by TEXT NOT NULL,
    PRIMARY KEY (proposition_id, version)
);

-- What happened, for people: appended to, never changed.
CREATE TABLE growth_activity (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    sentence TEXT NOT NULL
);
