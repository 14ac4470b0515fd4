-- Which market a location belongs to: asked for every webhook.
CREATE TABLE ghl_location (
    location TEXT PRIMARY KEY,
    market TEXT NOT NULL,
    company TEXT,
    is_connected BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX ghl_location_market ON ghl_location (market);

-- Companies that let the app into their locations. A row outlives its tokens, so that versions never repeat.
CREATE TABLE ghl_company (
    company TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    tokens_sealed BYTEA
);

-- Consents that were asked for and are not given yet. The state itself is only in the person's browser.
CREATE TABLE ghl_install (
    state_hash BYTEA PRIMARY KEY,
    market TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Installations that were told of before anybody here asked for them.
CREATE TABLE ghl_parked (
    place TEXT PRIMARY KEY,
    company TEXT,
    parked_at BIGINT NOT NULL
);
