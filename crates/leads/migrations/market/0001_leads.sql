-- What is known of a contact as a lead: a row for each.
CREATE TABLE lead (
    contact TEXT PRIMARY KEY REFERENCES contact (id),
    -- Counts what was told of it: a score made at a lower count does not know everything.
    revision BIGINT NOT NULL,
    -- Whether what was kept of the contact before there were leads is among its entries.
    is_whole BOOLEAN NOT NULL,
    -- Who looks after the contact, as its own row says: for questions about leads alone.
    assignee TEXT,
    arrived_at BIGINT NOT NULL,
    source TEXT,
    -- Since when its stage is one that ends the matter; NULL while it is open.
    closed_at BIGINT,
    -- Since when there are news that no score knows of; NULL of closed ones.
    stale_at BIGINT,
    -- When the score is to be made again although nothing is told.
    rescore_at BIGINT,
    -- When somebody first spoke to them after they came, and when they last did something of their own accord.
    first_action_at BIGINT,
    last_activity_at BIGINT,
    scored_at BIGINT,
    -- As computed, with the ends of its interval.
    probability DOUBLE PRECISION,
    lower DOUBLE PRECISION,
    upper DOUBLE PRECISION,
    -- As a person's word leaves it, as a chance and in log-odds: what leads are ranked by.
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
CREATE INDEX lead_ranking ON lead (closed_at, margin DESC, contact);
CREATE INDEX lead_band ON lead (band);
CREATE INDEX lead_assignee ON lead (assignee);

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
    band TEXT NOT NULL,
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
