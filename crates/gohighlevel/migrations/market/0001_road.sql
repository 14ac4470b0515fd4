-- The market's location in GoHighLevel: one that is connected at a time, and those before it.
CREATE TABLE ghl_connection (
    location TEXT PRIMARY KEY,
    company TEXT,
    name TEXT,
    time_zone TEXT,
    state TEXT NOT NULL,
    has_app BOOLEAN NOT NULL,
    has_private BOOLEAN NOT NULL,
    connected_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- What the location was given. A row outlives its tokens, so that versions never repeat.
CREATE TABLE ghl_token (
    account TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    tokens_sealed BYTEA,
    given_at BIGINT,
    expires_at BIGINT
);

-- Which person here is which entity there. A row without a person is of one that must not come back.
CREATE TABLE ghl_link (
    kind TEXT NOT NULL,
    remote TEXT NOT NULL,
    contact TEXT,
    remote_updated_at BIGINT,
    fetched_at BIGINT NOT NULL,
    seen_sealed BYTEA,
    tombstoned_at BIGINT,
    reason TEXT,
    PRIMARY KEY (kind, remote)
);
CREATE INDEX ghl_link_contact ON ghl_link (contact, kind);
