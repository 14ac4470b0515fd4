-- How far each family of entities has been compared with GoHighLevel, and the pass over it that is under way.
CREATE TABLE ghl_watermark (
    family TEXT PRIMARY KEY,
    location TEXT NOT NULL,
    pass TEXT,
    cursor_json TEXT NOT NULL,
    from_at BIGINT,
    began_at BIGINT,
    seen BIGINT NOT NULL,
    total BIGINT,
    brought BIGINT NOT NULL,
    good_until BIGINT,
    filled BIGINT NOT NULL,
    filled_at BIGINT,
    swept_at BIGINT,
    wanted TEXT,
    retry_at BIGINT,
    failures BIGINT NOT NULL,
    failure TEXT,
    version BIGINT NOT NULL
);

-- When an entity was last listed by GoHighLevel: who is in no list any more may be gone.
CREATE TABLE ghl_sighting (
    kind TEXT NOT NULL,
    remote TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    happens_at BIGINT,
    PRIMARY KEY (kind, remote)
);

-- Events per hour of the week (0 is Monday 00:00 in the market's time zone), by kind.
CREATE TABLE ghl_rate (
    kind TEXT NOT NULL,
    hour BIGINT NOT NULL,
    mean DOUBLE PRECISION NOT NULL,
    weeks BIGINT NOT NULL,
    PRIMARY KEY (kind, hour)
);

-- Times in which events seem to have been lost, and what was found when it was looked.
CREATE TABLE ghl_gap (
    id TEXT PRIMARY KEY,
    family TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    expected DOUBLE PRECISION,
    observed BIGINT NOT NULL,
    found_at BIGINT NOT NULL,
    ended_at BIGINT,
    brought BIGINT
);
CREATE INDEX ghl_gap_found ON ghl_gap (found_at);

-- One row: whether the location can be asked, and when the bridge was last awake.
CREATE TABLE ghl_vitals (
    id TEXT PRIMARY KEY,
    location TEXT NOT NULL,
    standing TEXT NOT NULL,
    since BIGINT NOT NULL,
    probe_at BIGINT,
    probed_at BIGINT,
    alive_at BIGINT,
    looked_at BIGINT,
    folded_until BIGINT
);
