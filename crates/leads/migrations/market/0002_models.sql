-- What the market wants of its leads: every version that was saved, as TOML.
CREATE TABLE lead_policy (
    version BIGINT PRIMARY KEY,
    text TEXT NOT NULL,
    note TEXT NOT NULL,
    actor TEXT NOT NULL,
    saved_at BIGINT NOT NULL
);

-- A model that was trained: written once, but for the course of its trial.
CREATE TABLE lead_model (
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- What it answers, in words: it is asked nothing else.
    question TEXT NOT NULL,
    trained_at BIGINT NOT NULL,
    trained_by TEXT NOT NULL,
    parent BIGINT,
    file BYTEA NOT NULL,
    file_hash TEXT NOT NULL,
    -- Where it came from, and how it was judged when it was trained, as JSON.
    lineage TEXT NOT NULL,
    report TEXT NOT NULL,
    -- What it said of the rows that judged it, and what became of them, as JSON.
    judged TEXT NOT NULL,
    -- How its trial stands, as JSON; NULL before it challenges.
    trial TEXT,
    -- Why it is not asked any more, as a sentence.
    retired_because TEXT,
    PRIMARY KEY (kind, version)
);

-- Which version is asked and which are on trial, for each kind of question.
CREATE TABLE lead_lineup (
    kind TEXT PRIMARY KEY,
    -- Counts changes.
    revision BIGINT NOT NULL,
    lineup TEXT NOT NULL,
    -- Leads whose end is known, as last counted.
    positive BIGINT NOT NULL,
    negative BIGINT NOT NULL,
    counted_at BIGINT
);

-- What was last seen of the rule or model in force, as JSON.
CREATE TABLE lead_watch (
    kind TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    document TEXT NOT NULL
);

-- Every prediction, and what became of it.
CREATE TABLE lead_prediction (
    id TEXT PRIMARY KEY,
    contact TEXT NOT NULL,
    kind TEXT NOT NULL,
    question TEXT NOT NULL,
    -- `prior` with name and version, or `v` and the version of the model.
    model TEXT NOT NULL,
    at BIGINT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    features TEXT NOT NULL,
    -- When its label is to be read.
    settle_at BIGINT NOT NULL,
    -- `reached`, `missed`, or `unasked` where there was nothing to foresee; NULL before it is read.
    outcome TEXT,
    happened_at BIGINT
);
CREATE INDEX lead_prediction_contact ON lead_prediction (contact);
CREATE INDEX lead_prediction_settle ON lead_prediction (outcome, settle_at);
CREATE INDEX lead_prediction_model ON lead_prediction (kind, question, model, at);
