-- What is to be done at GoHighLevel.
CREATE TABLE ghl_write (
    id TEXT PRIMARY KEY,
    contact TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- 0 replies, 1 routing, 2 scores, 3 upkeep.
    lane BIGINT NOT NULL,
    -- One row per key for ever: what is wanted of a contact replaces or joins what was wanted before, and what has a
    -- key of its caller is asked for once.
    unique_key TEXT NOT NULL,
    -- What exactly; NULL once it is done and not needed any more, or its person was erased.
    payload_sealed BYTEA,
    -- Grows with every change of what is wanted, so that what changed under way is done again.
    version BIGINT NOT NULL,
    -- The decision of the gate that let a message in.
    decision TEXT,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    -- Leases so far; with the owner it tells one lease from every other.
    attempts BIGINT NOT NULL,
    -- Failures that counted.
    tries BIGINT NOT NULL,
    -- Times in a row that it was begun and nothing was heard again.
    lost BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    -- When something that must be there once was first sent: from then on it may be there.
    begun_at BIGINT,
    -- The identifier of what was made.
    remote TEXT,
    -- When to look what became of a message.
    check_at BIGINT,
    -- The last fault: its class, and why in words that name nobody.
    class BIGINT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX ghl_write_unique ON ghl_write (unique_key);
CREATE INDEX ghl_write_due ON ghl_write (state, run_at);
CREATE INDEX ghl_write_contact ON ghl_write (contact);
CREATE INDEX ghl_write_remote ON ghl_write (remote);
CREATE INDEX ghl_write_check ON ghl_write (check_at);

-- What we did ourselves, so that it is not news when it comes back.
CREATE TABLE ghl_echo (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- What was made or changed; until its identifier is known, the write that makes it.
    remote TEXT NOT NULL,
    contact TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX ghl_echo_remote ON ghl_echo (kind, remote);
CREATE INDEX ghl_echo_contact ON ghl_echo (contact, at);
CREATE INDEX ghl_echo_at ON ghl_echo (at);

-- What a person has to see to.
CREATE TABLE ghl_incident (
    id TEXT PRIMARY KEY,
    -- Number of the fault catalogue.
    class BIGINT NOT NULL,
    operation TEXT NOT NULL,
    -- While it is open, the same fault at the same operation is the same incident.
    open_key TEXT,
    version TEXT NOT NULL,
    count BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    message TEXT NOT NULL,
    -- JSON array of their trace identifiers, the latest last.
    traces TEXT NOT NULL,
    -- Masked: no secret, nobody.
    request TEXT NOT NULL,
    -- JSON array of what was tried.
    tried TEXT NOT NULL,
    reference TEXT NOT NULL,
    closed_at BIGINT,
    note TEXT
);
CREATE UNIQUE INDEX ghl_incident_open ON ghl_incident (open_key);
CREATE INDEX ghl_incident_at ON ghl_incident (last_at);

-- What GoHighLevel calls things, and what we call them.
CREATE TABLE ghl_map (
    kind TEXT NOT NULL,
    remote TEXT NOT NULL,
    -- Of a stage its pipeline.
    parent TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Of a stage its place in the pipeline.
    position BIGINT NOT NULL,
    -- Our word; NULL: none.
    alias TEXT,
    -- Whether a person chose the alias.
    is_chosen BOOLEAN NOT NULL,
    -- Among several with one alias: 0 first, the others stand in, in this order.
    place BIGINT NOT NULL,
    is_usable BOOLEAN NOT NULL,
    seen_at BIGINT NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (kind, remote)
);

-- Channels by which nothing is sent from the location for now.
CREATE TABLE ghl_pause (
    channel TEXT PRIMARY KEY,
    since BIGINT NOT NULL,
    -- NULL: until a person says otherwise.
    until BIGINT,
    class BIGINT NOT NULL,
    reason TEXT NOT NULL
);
