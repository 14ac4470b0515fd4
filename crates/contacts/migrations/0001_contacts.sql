-- People of a market. Every column about the person is sealed under the person's own key.
CREATE TABLE contact (
    id TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    pipeline TEXT NOT NULL,
    stage TEXT NOT NULL,
    assignee TEXT,
    origin TEXT NOT NULL,
    name_sealed BYTEA,
    email_sealed BYTEA,
    email_index BYTEA,
    phone_sealed BYTEA,
    phone_index BYTEA,
    address_sealed BYTEA,
    held_at BIGINT,
    hold_sealed BYTEA,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    staged_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX contact_email ON contact (email_index);
CREATE INDEX contact_phone ON contact (phone_index);
CREATE INDEX contact_stage ON contact (pipeline, stage, id);
CREATE INDEX contact_assignee ON contact (assignee, id);
CREATE INDEX contact_created ON contact (created_at);

-- Every stage a contact entered, the first one included.
CREATE TABLE contact_move (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contact (id),
    pipeline TEXT NOT NULL,
    from_stage TEXT,
    stage TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX contact_move_contact ON contact_move (contact_id, at);

CREATE TABLE note (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contact (id),
    author TEXT NOT NULL,
    body_sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX note_contact ON note (contact_id, created_at);

CREATE TABLE message (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contact (id),
    direction TEXT NOT NULL,
    channel TEXT NOT NULL,
    body_sealed BYTEA NOT NULL,
    at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX message_contact ON message (contact_id, at);
CREATE INDEX message_direction ON message (direction, at);

-- Who must be left alone, by blind index only: it outlives the person's rows and keys.
CREATE TABLE suppression (
    kind TEXT NOT NULL,
    value_index BYTEA NOT NULL,
    reason TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (kind, value_index)
);
