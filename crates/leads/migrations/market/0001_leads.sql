-- What is known of a contact as a lead. A row per contact.
CREATE TABLE lead (
    contact TEXT PRIMARY KEY REFERENCES contact (id),
    -- Counts what was told of it: a score of an earlier count is of earlier news.
    revision BIGINT NOT NULL,
    arrived_at BIGINT NOT NULL,
    source TEXT,
    -- In which pipeline and stage, and since when a stage that ends the matter; NULL while it is open.
    closed_at BIGINT,
    -- Since when there are news that no score knows of.
    stale_at BIGINT,
    -- When the score is to be made again although nothing is told.
    rescore_at BIGINT,
    -- When we first spoke to them after they came.
    first_action_at BIGINT,
    last_activity_at BIGINT,
    scored_at BIGINT,
    -- As computed, and as a person's word leaves it.
    probability DOUBLE PRECISION,
    lower DOUBLE PRECISION,
    upper DOUBLE PRECISION,
    effective DOUBLE PRECISION,
    margin DOUBLE PRECISION,
    band TEXT,
    basis TEXT,
    model TEXT,
    features TEXT,
    cold_probability DOUBLE PRECISION,
    detail_sealed BYTEA
);
CREATE INDEX lead_stale ON lead (stale_at);
CREATE INDEX lead_rescore ON lead (rescore_at);
CREATE INDEX lead_margin ON lead (margin);
CREATE INDEX lead_band ON lead (band);

-- What we were told of a contact: one version of one happening each.
CREATE TABLE lead_entry (
    id TEXT PRIMARY KEY,
    contact TEXT NOT NULL REFERENCES lead (contact),
    name_index BYTEA NOT NULL,
    revised_at BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    body_index BYTEA NOT NULL,
    body_sealed BYTEA NOT NULL,
    UNIQUE (contact, name_index, revised_at, is_deleted)
);

-- Every score that said something new.
CREATE TABLE lead_score (
    id TEXT PRIMARY KEY,
    contact TEXT NOT NULL REFERENCES lead (contact),
    at BIGINT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    lower DOUBLE PRECISION NOT NULL,
    upper DOUBLE PRECISION NOT NULL,
    band TEXT,
    basis TEXT NOT NULL,
    model TEXT NOT NULL,
    features TEXT NOT NULL,
    detail_sealed BYTEA NOT NULL
);
CREATE INDEX lead_score_contact ON lead_score (contact, at);

-- What a person says of a lead, beside its score.
CREATE TABLE lead_override (
    id TEXT PRIMARY KEY,
    contact TEXT NOT NULL REFERENCES lead (contact),
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,
    withdrawn_at BIGINT,
    probability DOUBLE PRECISION NOT NULL,
    who TEXT NOT NULL,
    reason_sealed BYTEA NOT NULL
);
CREATE INDEX lead_override_contact ON lead_override (contact, until);
