-- Whose database this is. One row, written when the market is opened.
CREATE TABLE market_profile (
    slot BIGINT PRIMARY KEY,
    market_id TEXT NOT NULL,
    region TEXT NOT NULL,
    currency TEXT NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    verticals TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
-- Its policies; the latest is in force. Written once each.
CREATE TABLE market_policy (
    version BIGINT PRIMARY KEY,
    text TEXT NOT NULL,
    note TEXT NOT NULL,
    actor TEXT NOT NULL,
    saved_at BIGINT NOT NULL
);
CREATE TABLE pipeline (
    id TEXT PRIMARY KEY,
    vertical TEXT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL
);
CREATE TABLE pipeline_stage (
    pipeline_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (pipeline_id, id)
);
-- Audit entries that arrived from the hub, so that each arrives once.
CREATE TABLE market_note_taken (
    id TEXT PRIMARY KEY
);
