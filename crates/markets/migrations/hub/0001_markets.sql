-- The markets of this hub. A market is here only when it is ready to be entered.
CREATE TABLE market (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL,
    currency TEXT NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    verticals TEXT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT,
    generation BIGINT NOT NULL,
    placement TEXT NOT NULL,
    schema_stamp TEXT NOT NULL,
    fenced TEXT,
    created_at BIGINT NOT NULL,
    delete_after BIGINT,
    backed_up_at BIGINT
);
CREATE INDEX market_delete_after ON market (delete_after);
-- Every database that exists or may exist; the row is there before the database is made and after it is dropped.
CREATE TABLE market_place (
    market TEXT NOT NULL,
    generation BIGINT NOT NULL,
    placement TEXT NOT NULL,
    url_sealed BYTEA,
    retired_at BIGINT,
    PRIMARY KEY (market, generation)
);
CREATE INDEX market_place_retired_at ON market_place (retired_at);
-- Work of several steps under way, one per market.
CREATE TABLE market_work (
    market TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    state_before TEXT,
    to_generation BIGINT
);
-- Audit entries on their way into the market's own chain.
CREATE TABLE market_note (
    id TEXT PRIMARY KEY,
    market TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX market_note_market ON market_note (market);
CREATE TABLE market_server (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    admin_url_sealed BYTEA,
    pool_size BIGINT NOT NULL,
    replicas_sealed BYTEA
);
CREATE TABLE market_backup (
    id TEXT PRIMARY KEY,
    market TEXT NOT NULL,
    at BIGINT NOT NULL,
    path TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX market_backup_market ON market_backup (market, at);
