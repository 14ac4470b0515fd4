-- How much may be told with noise, and how much was. One row.
CREATE TABLE privacy_budget (
    slot BIGINT PRIMARY KEY,
    total_micro BIGINT NOT NULL,
    spent_micro BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- Every answer that was paid for, as it was told.
CREATE TABLE privacy_release (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    measure TEXT NOT NULL,
    grouping TEXT NOT NULL,
    epsilon_micro BIGINT NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX privacy_release_at ON privacy_release (at);
