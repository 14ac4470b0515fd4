-- Where messages go.
CREATE TABLE webhook_endpoint (
    id TEXT PRIMARY KEY,
    -- Shown in audit entries and health; the whole address may hold a token and is sealed.
    host TEXT NOT NULL,
    url_sealed BYTEA NOT NULL,
    description TEXT NOT NULL,
    -- JSON array of topic patterns, empty for all.
    topics TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- NULL after an import into another hub: secrets do not travel.
    secret_sealed BYTEA,
    former_secret_sealed BYTEA,
    former_until BIGINT,
    disabled_at BIGINT,
    disabled_reason TEXT,
    failing_since BIGINT
);

-- What is told; its identifier is that of the outbox's message.
CREATE TABLE webhook_message (
    id TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    person_id TEXT,
    -- NULL once the person was erased.
    payload_sealed BYTEA,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_message_at ON webhook_message (created_at);
CREATE INDEX webhook_message_person ON webhook_message (person_id);

-- One message on its way to one endpoint.
CREATE TABLE webhook_delivery (
    id TEXT PRIMARY KEY,
    -- In the order in which they were made: what is about one subject starts in this order.
    seq BIGINT NOT NULL,
    message_id TEXT NOT NULL REFERENCES webhook_message (id),
    endpoint_id TEXT NOT NULL REFERENCES webhook_endpoint (id),
    ordering_key TEXT NOT NULL,
    cause TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    reason TEXT
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (state, endpoint_id, run_at);
CREATE INDEX webhook_delivery_order ON webhook_delivery (endpoint_id, ordering_key, state, seq);
CREATE INDEX webhook_delivery_log ON webhook_delivery (endpoint_id, seq);
CREATE UNIQUE INDEX webhook_delivery_seq ON webhook_delivery (seq);
CREATE INDEX webhook_delivery_message ON webhook_delivery (message_id);

-- What was tried; nothing of the answer but its status.
CREATE TABLE webhook_attempt (
    delivery_id TEXT NOT NULL REFERENCES webhook_delivery (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    status BIGINT,
    error TEXT,
    PRIMARY KEY (delivery_id, number)
);
