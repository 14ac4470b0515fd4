-- Who takes leads: users of the hub, with what they take.
CREATE TABLE lead_agent (
    agent TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Whose turn it is: what each has earned, in millionths of a lead. The credits sum to 0.
CREATE TABLE lead_turn (
    agent TEXT PRIMARY KEY,
    credit BIGINT NOT NULL
);

-- What a lead is about, as far as somebody said so.
CREATE TABLE lead_wanted (
    contact TEXT PRIMARY KEY REFERENCES contact (id),
    updated_at BIGINT NOT NULL,
    document_sealed BYTEA NOT NULL
);

-- Every lead that was offered, or could not be: an offer without an agent waits for one.
CREATE TABLE lead_offer (
    id TEXT PRIMARY KEY,
    contact TEXT NOT NULL REFERENCES contact (id),
    agent TEXT,
    rule TEXT,
    -- When the lead could have been offered first, which is what speed is measured from; NULL for leads of the past.
    arrived_at BIGINT,
    decided_at BIGINT NOT NULL,
    -- From when the clock runs: the agent is at work and the person may be called.
    begins_at BIGINT,
    due_at BIGINT,
    -- When to look again: the next step of escalation, or the next try to find an agent.
    next_at BIGINT,
    -- Steps of escalation that were taken.
    steps BIGINT NOT NULL,
    -- When somebody first spoke to the person after the offer.
    acted_at BIGINT,
    ended_at BIGINT,
    ended TEXT,
    -- What each who could have taken it earned by it, as JSON: what fairness is measured against.
    shares TEXT NOT NULL,
    document_sealed BYTEA NOT NULL
);
-- One lead is never offered twice at a time.
CREATE UNIQUE INDEX lead_offer_current ON lead_offer (contact) WHERE ended_at IS NULL;
CREATE INDEX lead_offer_contact ON lead_offer (contact, id);
CREATE INDEX lead_offer_next ON lead_offer (next_at);
CREATE INDEX lead_offer_agent ON lead_offer (agent, decided_at);
CREATE INDEX lead_offer_decided ON lead_offer (decided_at);

-- What was said about wanting messages. An entry is never removed; when its person is erased, the blind index of the
-- number or address stays with it and nothing else of the person.
CREATE TABLE lead_optout (
    id TEXT PRIMARY KEY,
    -- In whose ledger it is; NULL: in that of whoever has the number or address.
    contact TEXT REFERENCES contact (id),
    -- The contact as it was when it was said, which another one may have been merged with since.
    said_by TEXT NOT NULL,
    address_index BYTEA,
    said_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    word TEXT NOT NULL,
    channels TEXT NOT NULL,
    origin TEXT NOT NULL,
    rule TEXT,
    permanent BOOLEAN NOT NULL,
    -- A digest that names the message within the contact, so that one heard twice is kept once.
    message TEXT,
    detail_sealed BYTEA,
    UNIQUE (contact, message, channels)
);
CREATE INDEX lead_optout_address ON lead_optout (address_index);

-- What messages to somebody rest on: inquiries, agreements in writing, their withdrawal, transactions.
CREATE TABLE lead_basis (
    id TEXT PRIMARY KEY,
    contact TEXT NOT NULL REFERENCES contact (id),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    told_by TEXT NOT NULL,
    who TEXT NOT NULL,
    evidence_sealed BYTEA NOT NULL
);
CREATE INDEX lead_basis_contact ON lead_basis (contact, at);

-- What is known of a telephone number, whoever has it: our own do-not-call list and the last look at the registry.
CREATE TABLE lead_number (
    number_index BYTEA PRIMARY KEY,
    listed_since BIGINT,
    scrubbed_at BIGINT,
    is_registered BOOLEAN,
    updated_at BIGINT NOT NULL
);

-- Do not disturb, as the messaging platform keeps it.
CREATE TABLE lead_reachability (
    contact TEXT NOT NULL REFERENCES contact (id),
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    told_by TEXT NOT NULL,
    PRIMARY KEY (contact, channel)
);

-- What holds for every message of the market: the registration of its sender.
CREATE TABLE lead_setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    told_by TEXT NOT NULL,
    who TEXT NOT NULL,
    set_at BIGINT NOT NULL
);

-- Every decision of the gate.
CREATE TABLE lead_gate (
    id TEXT PRIMARY KEY,
    contact TEXT NOT NULL REFERENCES contact (id),
    at BIGINT NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    outcome TEXT NOT NULL,
    until BIGINT,
    step TEXT,
    rule TEXT,
    -- When a message that was let out gave its place in the caps back.
    released_at BIGINT,
    document_sealed BYTEA NOT NULL
);
CREATE INDEX lead_gate_contact ON lead_gate (contact, id);
CREATE INDEX lead_gate_at ON lead_gate (at);
CREATE INDEX lead_gate_rule ON lead_gate (rule, id);
